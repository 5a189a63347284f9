"""The corpus of a demo: a given folder, or one that is written while the cluster starts."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from encoders.corpus import ShownSettings, generate_shown, read_truth
from streams.demo.plan import Plan, make_plan
from streams.errors import UserError

# Called with posts written and posts in all.
Written = Callable[[int, int], None]


class _Stopped(Exception):
    """Nobody waits for the corpus any more."""


@contextmanager
def planning(folder: Path, shown: ShownSettings | None, written: Written) -> Iterator[Future[Plan]]:
    """Yield the plan of a corpus to come.

    Args:
        folder: Of the corpus.
        shown: What is made first; None where a corpus is there.
        written: Told of each post, in a thread of its own.

    Raises:
        UserError: a corpus of these settings cannot be made, in the result.
        TruthError: the manifest is none, in the result.
    """
    stop = threading.Event()

    def checked(done: int, posts: int) -> None:
        if stop.is_set():
            raise _Stopped
        written(done, posts)

    def make() -> Plan:
        if shown is not None:
            try:
                generate_shown(folder, shown, checked)
            except ValueError as error:
                raise UserError(str(error)) from error
        return make_plan(folder, read_truth(folder))

    with ThreadPoolExecutor(1, thread_name_prefix="corpus") as threads:
        try:
            yield threads.submit(make)
        finally:
            stop.set()
