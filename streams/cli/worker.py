"""`ebr worker`: one role, or all of them under a small supervisor."""

from pathlib import Path

import click

from streams.bootstrap import ROLES
from streams.settings import load_settings
from streams.supervisor import run_all
from streams.worker import run_worker

_ALL = "all"


@click.command()
@click.option(
    "--role",
    type=click.Choice([*ROLES, _ALL]),
    required=True,
    help="What this worker does; all starts one process a role. No default.",
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that appears when all are ready; none by default.",
)
def worker(role: str, ready_file: Path | None) -> int:
    """Run a worker until it is told to end (SIGTERM, Ctrl-C). Scale a role by starting more of its workers.

    \b
    Examples:
      ebr worker --role all
      ebr worker --role decode
      EBR_LOG__FORMAT=json ebr worker --role index --ready-file /run/ebr/index.ready
    """
    settings = load_settings()
    return run_all(settings, ready_file) if role == _ALL else run_worker(role, settings, ready_file)
