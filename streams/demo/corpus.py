"""The corpus of a demo: a given folder, or one that is written while the cluster starts."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from encoders.corpus import generate, read_truth
from streams.demo.plan import Plan, make_plan
from streams.errors import UserError

# Called with posts written and posts in all.
Written = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What corpus is made where none is given.

    Attributes:
        posts: How many posts, seeds and damaged ones included.
        trends: How many trends.
        seed: Root of all chance.
    """

    posts: int = 160
    trends: int = 4
    seed: int = 7


class _Stopped(Exception):
    """Nobody waits for the corpus any more."""


@contextmanager
def planning(folder: Path, recipe: Recipe | None, written: Written) -> Iterator[Future[Plan]]:
    """Yield the plan of a corpus to come.

    Args:
        folder: Of the corpus.
        recipe: By which it is made first; None where it is there.
        written: Told of each post, in a thread of its own.

    Raises:
        UserError: a corpus of this recipe cannot be made, in the result.
        TruthError: the manifest is none, in the result.
    """
    stop = threading.Event()

    def checked(done: int, posts: int) -> None:
        if stop.is_set():
            raise _Stopped
        written(done, posts)

    def make() -> Plan:
        if recipe is not None:
            try:
                generate(folder, posts=recipe.posts, trends=recipe.trends, seed=recipe.seed, progress=checked)
            except ValueError as error:
                raise UserError(str(error)) from error
        return make_plan(folder, read_truth(folder))

    with ThreadPoolExecutor(1, thread_name_prefix="corpus") as threads:
        try:
            yield threads.submit(make)
        finally:
            stop.set()
