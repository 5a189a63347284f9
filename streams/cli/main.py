"""Entry point of `ebr`: finds the verb, turns what goes wrong into one line with an exit code."""

import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version

import click

from encoders import EncodersError
from index import VectorIndexError
from streams.cli.verbs import VERBS, Verbs
from streams.errors import BadMessage, ClusterError, DeliveryError, SettingsError, StreamsError, UserError
from streams.logs import configure
from streams.settings import load_settings

OK, FAILED, USAGE, UNREACHABLE, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130

_EPILOG = """\b
Exit codes: 0 done, 1 a check failed or the system refused, 2 wrong usage or settings, 3 the cluster cannot be reached
or refuses, 70 a fault of EBR, 130 interrupted.
\b
Settings are variables EBR_<GROUP>__<FIELD>, for example EBR_KAFKA__BOOTSTRAP_SERVERS (docs/settings.md lists them).
\b
Examples:
  ebr broker start                          a local Kafka
  ebr topics create                         its topics
  ebr worker --role all                     the whole pipeline
  ebr produce my-videos/                    publish a folder of videos
  ebr trend declare choking --name Choking --threshold 0.8 --state live
  ebr seed add choking seed.mp4 --wait      what is like this?
  ebr actions tail --follow                 the answer"""


@click.group(
    cls=Verbs,
    verbs=VERBS,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(version("ebr"), prog_name="ebr", message="%(prog)s %(version)s")
def ebr() -> None:
    """Embedding-based retrieval for the moderation of short videos, as a streaming system on Kafka."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Words after `ebr`; by default those of the process.

    Returns:
        The exit code.
    """
    try:
        settings = load_settings()
        configure(settings.log.level, settings.log.format)
        answer = ebr.main(arguments, prog_name="ebr", standalone_mode=False)
        return answer if isinstance(answer, int) else OK
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except SystemExit as leaving:
        # Click leaves so when the reader of our output has left, as `head` does: nothing to complain about.
        return OK if isinstance(leaving.__context__, BrokenPipeError) else FAILED
    except Exception as error:
        _explain(error)
        return exit_code(error)


def exit_code(error: Exception) -> int:
    """Return the exit code of an error, by its type."""
    if isinstance(error, UserError | SettingsError | BadMessage):
        return USAGE
    if isinstance(error, ClusterError | DeliveryError):
        return UNREACHABLE
    return FAILED if isinstance(error, StreamsError | EncodersError | VectorIndexError | OSError) else BUG


def _explain(error: Exception) -> None:
    """Print one line; the trace only for those who debug, or when it is our fault and says where."""
    code = exit_code(error)
    text = str(error) if code != BUG else f"a fault of EBR: {type(error).__name__}: {error}"
    click.echo(f"ebr: {text}", err=True)
    if _debugs():
        traceback.print_exception(error)
    elif code == BUG:
        click.echo("EBR_LOG__LEVEL=debug shows the trace; please report it", err=True)


def _debugs() -> bool:
    try:
        return load_settings().log.level == "debug"
    except SettingsError:
        return False


if __name__ == "__main__":
    sys.exit(main())
