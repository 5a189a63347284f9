"""`ebr trend lineage`: the proof that nothing of a trend stands without support."""

from collections import Counter

import click

from streams.cli.cluster import run
from streams.cli.known import no_such_trend
from streams.cli.options import json_option
from streams.cli.output import note, progress, say, say_json, say_table
from streams.lineage.causes import Why
from streams.lineage.chains import Ended
from streams.lineage.proof import Line, Proof, expected_videos, prove
from streams.lineage.reading import expected_records, read_history
from streams.settings import Settings

# A person reads so many findings; programs take --json.
_SHOWN = 20


@click.command()
@click.argument("trend_id")
@click.option("--each", is_flag=True, help="Print a line for each action too; default off: they are counted by cause.")
@json_option
def lineage(trend_id: str, each: bool, as_json: bool) -> int:
    """Prove from the ledgers what became of every action of TREND_ID: its cause, its end, what it stands on.

    Exit code 1 if one stands without support, was taken back although the rule wants it, or came out of order. What
    the topics no longer hold is said, as is what a shard is not through with. With --json a line an action, at last
    the verdict.

    \b
    Examples:
      ebr trend lineage choking
      ebr trend lineage choking --each
      ebr trend lineage choking --json | jq 'select(.state == "stands")'
    """

    async def work(settings: Settings) -> Proof:
        with progress("records", await expected_records(settings)) as advance:
            history = await read_history(settings, trend_id, advance)
        with progress("videos", expected_videos(history)) as advance:
            return prove(history, advance)

    proof = run(work)
    if proof.state is None and not proof.lines:
        raise no_such_trend(trend_id)
    if as_json:
        for line in proof.lines:
            say_json(_facts(line))
        say_json(_verdict(proof))
    else:
        _tell(proof, each=each)
    return 0 if proof.holds else 1


def _tell(proof: Proof, *, each: bool) -> None:
    if each:
        for line in proof.lines:
            say(_line(line))
    if proof.lines:
        _count(proof)
    for remark in proof.partial:
        note(f"partial: {remark}")
    for title, lines in (("stands without support", proof.unsupported), ("taken back, yet wanted", proof.missed)):
        for line in lines[:_SHOWN]:
            say(f"{title}: {_line(line)}")
        if len(lines) > _SHOWN:
            say(f"{title}: {len(lines) - _SHOWN} more; --json lists them")
    for text in proof.broken[:_SHOWN]:
        say(f"out of order: {text}")
    counts = proof.counts()
    say(
        f"{proof.trend_id} ({proof.state or 'not declared'}): {len(proof.lines)} actions were ever emitted, "
        f"{counts['stands']} stand, {counts['superseded']} were superseded, {counts['revoked']} were revoked; "
        f"{len(proof.unsupported)} stand without support, {len(proof.missed)} are wanted though revoked, "
        f"{len(proof.broken)} came out of order"
    )


def _count(proof: Proof) -> None:
    """Print how many actions each cause brought, with what became of them; then how many each cause ended."""
    began = Counter((*_named(line.cause), line.emitted.state) for line in proof.lines)
    states: tuple[Ended, ...] = ("stands", "superseded", "revoked")
    rows = [(*cause, *(began[*cause, state] for state in states)) for cause in dict.fromkeys(key[:2] for key in began)]
    say_table(("emitted because", "said at", "stand", "superseded", "revoked"), rows)
    ended = Counter((line.emitted.state, *_named(line.ended)) for line in proof.lines if line.ended is not None)
    if ended:
        say_table(("ended", "because", "said at", "actions"), [(*end, count) for end, count in ended.items()])


def _named(why: Why) -> tuple[str, str]:
    """Return a cause as it is counted: arrivals of videos together, each event of a moderator by its place."""
    return why.text, why.place if why.message is not None else "-"


def _line(line: Line) -> str:
    action = line.emitted.action
    text = (
        f"{action.action_id}  {action.video_id} r{action.revision}  {action.proposed_action}  score {action.score:.3f} "
        f"by seed {action.seed_id}  {line.emitted.topic}/{action.shard}/{line.emitted.offset}  "
        f"because {line.cause.text} ({line.cause.place})  {line.emitted.state}"
    )
    if line.ended is not None:
        text += f" because {line.ended.text} ({line.ended.place})"
    if line.lack is not None:
        text += f"  WITHOUT SUPPORT: {line.lack.reason or 'wanted'}" + (
            f", may yet be mended: {line.lack.pending}" if line.lack.pending else ""
        )
    return text


def _facts(line: Line) -> dict[str, object]:
    return {
        "action": line.emitted.action,
        "topic": line.emitted.topic.value,
        "offset": line.emitted.offset,
        "cause": _why(line.cause),
        "state": line.emitted.state,
        "ended_by": line.emitted.end,
        "ended_because": None if line.ended is None else _why(line.ended),
        "supported": line.lack is None if line.emitted.end is None else None,
        "lack": None if line.lack is None else {"reason": line.lack.reason, "pending": line.lack.pending},
    }


def _why(why: Why) -> dict[str, object]:
    return {"text": why.text, "place": why.place, "event": why.message}


def _verdict(proof: Proof) -> dict[str, object]:
    counts = proof.counts()
    return {
        "trend_id": proof.trend_id,
        "trend_state": proof.state,
        "emitted": len(proof.lines),
        "stand": counts["stands"],
        "superseded": counts["superseded"],
        "revoked": counts["revoked"],
        "unsupported": len(proof.unsupported),
        "missed": len(proof.missed),
        "broken": list(proof.broken),
        "partial": list(proof.partial),
        "holds": proof.holds,
    }
