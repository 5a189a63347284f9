"""`ebr demo`: the whole pipeline on a real Kafka, shown on a corpus whose truth is known."""

import signal
from pathlib import Path

import click
import msgspec
from rich.console import Console

from encoders import SIGNAL
from encoders.corpus import TRUTH_NAME, ShownSettings
from streams.demo.pictures import contact_sheet, quality_text
from streams.demo.play import Request, Seen, play
from streams.demo.quality import overall
from streams.demo.report import make_report, passed, trend_quality, write_actions
from streams.demo.show import show
from streams.demo.suite import shown_suite
from streams.demo.teller import Teller
from streams.errors import UserError
from streams.settings import load_settings

_FAILED = 1
_FILE_WIDTH = 140


@click.command()
@click.option(
    "--corpus",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=f"Folder of posts with {TRUTH_NAME}, ours or foreign; by default one is made.",
)
@click.option("--posts", type=click.IntRange(min=4), default=160, show_default=True, help="Posts of the made corpus.")
@click.option("--trends", type=click.IntRange(min=1), default=4, show_default=True, help="Trends of the made corpus.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Chance of the made corpus.")
@click.option(
    "--threshold",
    type=click.FloatRange(-1.0, 1.0),
    help="Score of fused vectors from which a video is a hit of any trend; -1 makes every judged pair an action; by "
    "default what was chosen for the suite on development trends.",
)
@click.option(
    "--suite",
    help="Suite of encoders; by default that of EBR_ENCODERS__SUITE, else the trained one that ships, else signal.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report here too; by default only in the folder of --out.",
)
@click.option(
    "--actions",
    "actions_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every ModerationAction here, a JSON line each; default: nowhere.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="Folder for the corpus, the contact sheet, the report, logs; a corpus that is there is replaced.",
)
@click.option("--keep", is_flag=True, help="Leave the data of broker and workers behind; default off.")
def demo(  # noqa: PLR0917  # click passes options by name
    corpus: Path | None,
    posts: int,
    trends: int,
    seed: int,
    threshold: float | None,
    suite: str | None,
    json_file: Path | None,
    actions_file: Path | None,
    out: Path,
    keep: bool,
) -> int:
    """Run the whole pipeline on a corpus: start Kafka and every role, publish, push seeds, show what happened.

    The made corpus has trends that training never saw: a look, words of a new family, a sound, a sound with words. Of
    each there are 5 seeds, 14 positives (9 of them no copies) and 3 hard negatives, which fail it in one factor alone.
    Thresholds were chosen on development trends; the figures of the signal suite on the same files stand beside.

    Half of the posts are published before the trends go live, half after. Posts of role seed are pushed as seeds and
    not published. With EBR_KAFKA__BOOTSTRAP_SERVERS set, that cluster is used, under a prefix of its own; else a local
    one is started and ended. The exit code is 0 only if nothing was lost, nothing came twice, and the actions are
    exactly those that an independent judge expects.

    \b
    Examples:
      ebr demo
      ebr demo --json report.json --actions actions.jsonl
      ebr demo --suite signal
      ebr demo --corpus my-corpus --threshold -1 --actions pairs.jsonl
    """
    _end_as_by_hand()
    for file in (json_file, actions_file):
        _check_writable(file)
    settings = shown_suite(load_settings(), suite)
    request = Request(
        out=out.absolute(),
        corpus=None if corpus is None else corpus.absolute(),
        shown=ShownSettings(posts=posts, trends=trends, seed=seed),
        threshold=threshold,
        beside=None if threshold is not None or settings.encoders.suite == SIGNAL else SIGNAL,
        keep=keep,
    )
    console = _console()
    with Teller(console) as teller:
        seen = play(settings, request, teller, teller.written)
        teller.begin("drawing the contact sheet")
        written = _write(seen, request, json_file, actions_file)
    show(console, seen)
    for what, path in written.items():
        console.print(f"{what}: {path}", soft_wrap=True)
    return 0 if passed(seen) else _FAILED


def _write(seen: Seen, request: Request, json_file: Path | None, actions_file: Path | None) -> dict[str, Path]:
    """Write contact sheet, report, actions; return where each is."""
    sheet, report = request.out / "contact-sheet.png", request.out / "report.json"
    by_trend = trend_quality(seen)
    contact_sheet(sheet, seen.plan, seen.verdict.active.values(), by_trend, quality_text(overall(by_trend.values())))
    text = msgspec.json.format(msgspec.json.encode(make_report(seen)), indent=2) + b"\n"
    for file in (report, json_file):
        if file is not None:
            file.write_bytes(text)
    written = {"contact sheet": sheet, "report": json_file or report}
    if actions_file is not None:
        write_actions(actions_file, seen.verdict)
        written["actions"] = actions_file
    return written


def _console() -> Console:
    """Return standard output; a file or pipe has no width of its own, and the tables need some."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_FILE_WIDTH)


def _check_writable(file: Path | None) -> None:
    """Refuse a place where nothing can be written before minutes are spent.

    Raises:
        UserError: its folder does not exist.
    """
    if file is not None and not file.absolute().parent.is_dir():
        raise UserError(f"{file}: there is no folder {file.absolute().parent}")


def _end_as_by_hand() -> None:
    """Let SIGTERM end the demo as Ctrl-C does, so that it too ends what was started."""

    def interrupt(*_: object) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for whatever a script starts with &
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, interrupt)
