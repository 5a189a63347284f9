"""`ebr dead-letters`: what the stages gave up, with the way back."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from streams.cli.cluster import run
from streams.cli.letters import Filed, Filters, Reference, find, parse_reference, read_letters, replayed, summary
from streams.cli.options import dry_run_option, json_option
from streams.cli.output import note, progress, say, say_json, say_table
from streams.cli.sending import send
from streams.settings import Settings

# Of a value that is no text; a screenful.
_SHOWN_BYTES = 512

F = TypeVar("F", bound=Callable[..., object])


def _filter_options(command: F) -> F:
    """Add the options that choose letters."""
    for option in (
        click.option("--limit", type=click.IntRange(min=1), help="At most so many, oldest first; no limit by default."),
        click.option("--topic", help="Only from this topic (short name), for example video-events; all by default."),
        click.option("--stage", help="Only given up by this role, for example decode; all by default."),
        click.option("--reason", help="Only with this reason, for example invalid_message; all by default."),
    ):
        command = option(command)
    return command


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Look at messages that could not be processed, or give them another chance."""


@dead_letters.command(name="list")
@_filter_options
@json_option
def list_letters(*, reason: str | None, stage: str | None, topic: str | None, limit: int | None, as_json: bool) -> None:
    """List dead letters, each source record once (its newest letter), oldest first.

    \b
    Examples:
      ebr dead-letters list
      ebr dead-letters list --stage decode --reason source_unreachable --json
    """
    found = _selected(Filters(reason=reason, stage=stage, topic=topic, limit=limit))
    if as_json:
        for filed in found:
            say_json(summary(filed))
    elif found:
        columns = ("offset", "from", "stage", "reason", "replayable", "given up", "detail")
        say_table(columns, [_row(filed) for filed in found])
    else:
        note("no dead letter")


@dead_letters.command()
@click.argument("reference")
@json_option
def show(reference: str, *, as_json: bool) -> None:
    """Show one letter as received: REFERENCE is its offset in dead-letters, or TOPIC/PARTITION/OFFSET of what it was.

    \b
    Examples:
      ebr dead-letters show 12
      ebr dead-letters show video-events/3/1017 --json
    """
    wanted = parse_reference(reference)
    (filed,) = run(lambda settings: _several(settings, [wanted]))
    if as_json:
        letter = filed.letter
        say_json(
            summary(filed) | {"key": letter.key, "value": letter.value, "headers": letter.headers, "encoding": "base64"}
        )
        return
    for name, fact in (summary(filed) | {"source": _name(filed)}).items():
        say(f"{name:12} {fact}")
    say(f"{'key':12} {_readable(filed.letter.key)}")
    for name, header in filed.letter.headers:
        say(f"{'header':12} {name}: {_readable(header)}")
    say(f"{'value':12} {_readable(filed.letter.value)}")


@dead_letters.command()
@click.argument("references", nargs=-1)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="All that the filters leave and that are replayable; default off: the REFERENCES.",
)
@click.option("--unreplayable", is_flag=True, help="With --all, also those that will likely fail again; default off.")
@_filter_options
@dry_run_option
@json_option
def replay(
    references: tuple[str, ...],
    *,
    every: bool,
    unreplayable: bool,
    reason: str | None,
    stage: str | None,
    topic: str | None,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put letters back where they came from: same topic, partition, key, headers, bytes. The letters stay as a record.

    \b
    Examples:
      ebr dead-letters replay 12 video-events/3/1017
      ebr dead-letters replay --all --stage decode --reason source_unreachable --limit 100
    """
    if every == bool(references):
        raise click.UsageError("name either REFERENCES or --all")
    if every:
        filters = Filters(
            reason=reason, stage=stage, topic=topic, limit=limit, replayable=None if unreplayable else True
        )
        found = _selected(filters)
    else:
        wanted = [parse_reference(reference) for reference in references]
        found = run(lambda settings: _several(settings, wanted))
    count = _replay(found, dry_run=dry_run)
    for filed in found:
        say_json(summary(filed)) if as_json else say(f"{_name(filed)}  {filed.letter.reason}")
    note(f"{len(found)} would be put back" if dry_run else f"{count} put back")
    if every and not found and not unreplayable:
        note("what will likely fail again is left alone without --unreplayable")


def _replay(found: Sequence[Filed], *, dry_run: bool) -> int:
    async def work(settings: Settings) -> int:
        records = [replayed(settings.kafka.prefix, filed.letter) for filed in found]
        if dry_run:
            return 0
        with progress("replaying", len(records)) as advance:
            return await send(settings, records, advance)

    return run(work) if found else 0


def _selected(filters: Filters) -> list[Filed]:
    async def work(settings: Settings) -> list[Filed]:
        return filters.select(await read_letters(settings), settings.kafka.prefix)

    return run(work)


async def _several(settings: Settings, wanted: Sequence[Reference]) -> list[Filed]:
    letters = await read_letters(settings)
    return [find(letters, reference, settings.kafka.prefix) for reference in wanted]


def _name(filed: Filed) -> str:
    return f"{filed.letter.topic}/{filed.letter.partition}/{filed.letter.offset}"


def _row(filed: Filed) -> Sequence[object]:
    letter = filed.letter
    where = letter.detail if letter.path == "$" else f"{letter.path}: {letter.detail}"
    again = "yes" if letter.replayable else "no"
    return filed.offset, _name(filed), letter.stage, letter.reason, again, f"{letter.last_at:%Y-%m-%d %H:%M:%S}", where


def _readable(data: bytes | None) -> str:
    """Return bytes for a person: text as it is, else the head of their hexadecimal digits."""
    if data is None:
        return "null"
    try:
        return data.decode()
    except UnicodeDecodeError:
        head = data[:_SHOWN_BYTES].hex(" ")
        return f"{head} ... ({len(data):,} bytes)" if len(data) > _SHOWN_BYTES else head
