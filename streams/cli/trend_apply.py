"""`ebr trend apply` with `ebr trend diff`: trends as code."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from streams.catalogue import Trend
from streams.cli.cluster import run
from streams.cli.ledger import read_ledger, read_receipts, receipts_in
from streams.cli.options import by_option, json_option, reason_option, timeout_option, together, wait_option
from streams.cli.output import note, say, say_json
from streams.cli.posts import caption_of
from streams.cli.sending import outgoing, send
from streams.cli.waiting import say_answer, send_and_wait
from streams.declarations import DEFAULTS, RULE_FIELDS, FileTrend, Known, Plan, make_plan, read_trend_file
from streams.errors import UserError
from streams.settings import Settings
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import SeedAdded, SeedRevoked, TrendChanged, TrendEvent

_file_options = together(
    click.option(
        "--file",
        "-f",
        "path",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        required=True,
        help="The file of trends, TOML.",
    ),
    click.option(
        "--revoke-missing",
        is_flag=True,
        help="Revoke seeds of these trends that the file does not have; default off: they stay, and are named.",
    ),
    json_option,
)


@click.command()
@_file_options
def diff(*, path: Path, revoke_missing: bool, as_json: bool) -> int:
    """Show what `ebr trend apply` would send; send nothing. Exit code 1 if there is something, or if it is refused.

    \b
    Examples:
      ebr trend diff -f trends.toml
      ebr trend diff -f trends.toml --json | jq .events
    """
    plan = _planned(path, revoke_missing=revoke_missing, said={}, as_json=as_json)
    return 1 if plan.events or plan.refused else 0


@click.command()
@_file_options
@click.option(
    "--yes", is_flag=True, help="Send it; default off: a dry run, which shows what would be sent and sends nothing."
)
@reason_option
@by_option
@wait_option
@timeout_option
def apply(
    *,
    path: Path,
    yes: bool,
    reason: str | None,
    by: str | None,
    wait: bool,
    timeout_seconds: float,
    revoke_missing: bool,
    as_json: bool,
) -> int:
    """Make the trends what a file says. Without --yes it only shows what would be sent; a second time nothing is to do.

    A trend of the file is whole: what is not said has its default, as with `ebr trend declare`. Trends that the file
    does not have stay as they are. All is checked, by the rules that TRENDS has, before the first message is sent.

    \b
    The file:
      [trends.choking]
      name = "Choking"
      state = "live"
      threshold = 0.82
      bands = [{ from_score = 0.82, action = "review" }, { from_score = 0.95, action = "remove" }]
      [trends.choking.seeds.first]
      media = "seeds/first.mp4"
      [trends.choking.seeds.judo]
      media = "https://media.example.com/judo.mp4"
      polarity = "negative"

    \b
    Examples:
      ebr trend apply -f trends.toml
      ebr trend apply -f trends.toml --yes --wait --reason "weekly review"
    """
    said = {name: value for name, value in (("by", by), ("reason", reason)) if value is not None}
    plan = _planned(path, revoke_missing=revoke_missing, said=said, as_json=as_json)
    if plan.refused:
        return 1
    if not plan.events or not yes:
        if plan.events:
            note("nothing was sent; --yes sends it")
        return 1 if plan.events else 0
    records = [outgoing(Topic.TREND_SEEDS, event.trend_id, event) for event in plan.events]
    if not wait:
        run(lambda settings: send(settings, records))
        note(f"{len(records)} sent; `ebr receipts tail` shows the answers")
        return 0
    for number, record in enumerate(records, start=1):
        if (code := _send(record, timeout_seconds, as_json=as_json)) != 0:
            note(f"stopped after {number} of {len(records)}; applying again goes on where it stopped")
            return code
    return 0


def _send(record: Outgoing, timeout_seconds: float, *, as_json: bool) -> int:
    answer = run(lambda settings: send_and_wait(settings, record, timeout_seconds))
    return say_answer(answer, as_json=as_json)


def _planned(path: Path, *, revoke_missing: bool, said: Mapping[str, str], as_json: bool) -> Plan:
    """Return what is to be sent, after showing it."""
    trends = read_trend_file(path, sidecar=caption_of, by=said.get("by"))
    known = run(_known)
    plan = make_plan(trends, known, revoke_missing=revoke_missing, said=said)
    lost = _lost_files(trends, plan)
    if lost:
        raise UserError(f"{path}: {lost[0]}: no such file" + (f" (nor {len(lost) - 1} others)" if lost[1:] else ""))
    before = known.catalogue.by_id
    if as_json:
        unlisted = [{"trend_id": trend_id, "seed_id": seed_id} for trend_id, seed_id in plan.unlisted]
        say_json({"events": plan.events, "refused": plan.refused, "unlisted_seeds": unlisted})
    else:
        _show(trends, plan, before)
    return plan


async def _known(settings: Settings) -> Known:
    receipts = [receipt for receipt, _ in receipts_in(await read_receipts(settings))]
    ledger = await read_ledger(settings)
    catalogue = ledger.catalogue(receipts)
    return Known(catalogue=catalogue, seeds=ledger.seeds(catalogue), end=ledger.end, now=datetime.now(UTC))


def _lost_files(trends: Mapping[str, FileTrend], plan: Plan) -> list[Path]:
    """Return the media files of new seeds that are not there."""
    paths = [trends[event.trend_id].seeds[event.seed_id].path for event in plan.events if isinstance(event, SeedAdded)]
    return [path for path in paths if path is not None and not path.is_file()]


def _show(trends: Mapping[str, FileTrend], plan: Plan, before: Mapping[str, Trend]) -> None:
    for event in plan.events:
        say(_line(event))
        if isinstance(event, SeedAdded | SeedRevoked):
            continue
        for name, old, new in _fields(event, before.get(event.trend_id)):
            say(f"    {name}  {old}{' -> ' if old else ''}{new}")
    for trend_id, seed_id in plan.unlisted:
        note(f"{trend_id}: seed {seed_id} is not in the file and stays; --revoke-missing revokes it")
    for reason in plan.refused:
        note(f"refused: {reason}")
    if plan.refused:
        note("nothing was sent")
    elif not plan.events:
        say(f"nothing to do: {len(trends)} trends are as the file says")


def _line(event: TrendEvent) -> str:
    if isinstance(event, SeedAdded):
        return f"{event.trend_id}: add {event.polarity} seed {event.seed_id}, {event.video.media_uri}"
    if isinstance(event, SeedRevoked):
        return f"{event.trend_id}: revoke seed {event.seed_id}"
    verb = f"change to version {event.version}" if isinstance(event, TrendChanged) else "declare"
    return f"{event.trend_id}: {verb}"


def _fields(event: Any, before: Trend | None) -> Sequence[tuple[str, str, str]]:
    """Return what an event says of the rule: name, old value in words, new value."""
    if before is None:
        given = [(name, getattr(event, name)) for name in RULE_FIELDS]
        return [(n, "", _words(v)) for n, v in given if v is not None and (v != DEFAULTS.get(n) or n == "state")]
    given = [(name, getattr(event, name)) for name in RULE_FIELDS]
    return [(n, _words(getattr(before.rule, n)), _words(v)) for n, v in given if v is not msgspec.UNSET]


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):  # bands
        return ", ".join(f"{'p' if band.from_score is None else ''}{band.start:g}={band.action}" for band in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={number:g}" for name, number in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
