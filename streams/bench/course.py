"""The course of a comparison at one size: build all, then rounds in which all take turns."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from streams.bench.child import Order
from streams.bench.curve import chosen, chosen_for_good
from streams.bench.figures import Batched, Built, Inserting, PeerFigures, Ranged, Removed, Reopened, Searched
from streams.bench.recipe import Recipe, read_data, write_data
from streams.bench.truth import write_truth
from streams.bench.turns import Child, children

WIDTHS = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
# Of the graph while a range is searched.
RANGE_WIDTH = 512
# A curve that is this near to 1 need not go on.
_ENOUGH = 0.995

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is compared how.

    Attributes:
        peers: Names of adapters.
        rounds: How often each is searched; medians count.
        pass_seconds: The longest pass over the queries.
        limit_seconds: The longest other measurement; who takes longer is ended, which is reported.
        m: Links a node of every graph.
        ef_construction: Candidates kept while a node of any graph is linked.
    """

    recipe: Recipe
    peers: tuple[str, ...]
    rounds: int = 3
    pass_seconds: float = 15.0
    limit_seconds: float = 1_200.0
    m: int = 16
    ef_construction: int = 200


class SizeFigures(msgspec.Struct, kw_only=True):
    """All figures at one size with what determines them."""

    size: int
    dimension: int
    queries: int
    seed: int
    sha256: str
    rounds: int
    m: int
    ef_construction: int
    peers: list[PeerFigures]
    whole: bool = False

    def answers(self, request: Request) -> bool:
        """Return whether they are what is asked for."""
        recipe = request.recipe
        asked = (recipe.size, recipe.dimension, recipe.queries, recipe.seed, request.rounds, request.m)
        known = (self.size, self.dimension, self.queries, self.seed, self.rounds, self.m)
        return (
            asked == known
            and request.ef_construction == self.ef_construction
            and request.peers == tuple(peer.name for peer in self.peers)
        )


def run(request: Request, folder: Path, tell: Tell, keep: Callable[[SizeFigures], None]) -> SizeFigures:
    """Compare at one size.

    Args:
        request: What.
        folder: For data and logs.
        tell: Told what happens.
        keep: Given the figures whenever there are more.
    """
    recipe = request.recipe
    tell(f"{recipe.size:,} vectors: making them")
    digest = write_data(folder, recipe)
    tell(f"{recipe.size:,} vectors: judging each query exactly")
    write_truth(folder / "truth.npz", read_data(folder))
    with children(request.peers, folder, folder, m=request.m, ef_construction=request.ef_construction) as started:
        figures = SizeFigures(
            size=recipe.size,
            dimension=recipe.dimension,
            queries=recipe.queries,
            seed=recipe.seed,
            sha256=digest,
            rounds=request.rounds,
            m=request.m,
            ef_construction=request.ef_construction,
            peers=[child.figures for child in started],
        )
        course = _Course(request, started, tell, lambda: keep(figures))
        course.build()
        course.sweep_widths()
        course.repeat()
        course.rest()
    figures.whole = True
    keep(figures)
    return figures


class _Course:
    def __init__(self, request: Request, started: Sequence[Child], tell: Tell, keep: Callable[[], None]) -> None:
        self._request, self._children, self._tell, self._keep = request, started, tell, keep

    def build(self) -> None:
        """Fill all indexes, as many at a time as there are cores: each needs one."""
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            for _ in threads.map(self._build, [child for child in self._children if child.works]):
                self._keep()

    def _build(self, child: Child) -> None:
        self._tell(f"{self._request.recipe.size:,} vectors: building: {child.figures.name}")
        child.figures.built = child.measure(Order(do="build"), Built, self._request.limit_seconds)

    def sweep_widths(self) -> None:
        """Search with wider and wider graphs until nothing is missed; all take turns at each width."""
        done: set[str] = set()
        for child in self._children:
            child.figures.rounds.append([])
        for ef in WIDTHS:
            for child in self._built(f"round 1, ef {ef}", each=False):
                figures = child.figures
                if figures.name in done:
                    continue
                seen = self._search(child, 0 if figures.exact else ef)
                if seen is None or figures.exact or min(seen.recall, seen.viral_recall) >= _ENOUGH:
                    done.add(figures.name)
            self._keep()

    def repeat(self) -> None:
        """Search again with the widths that count."""
        for number in range(2, self._request.rounds + 1):
            for child in self._built(f"round {number}"):
                widths = chosen(child.figures)
                child.figures.rounds.append([])
                for ef in widths:
                    self._search(child, ef)
                most = child.figures.rounds[0]
                if most and widths:
                    order = Order(do="batch", ef=chosen_for_good(child.figures), queries=most[0].queries)
                    batched = child.measure(order, Batched, self._request.limit_seconds)
                    child.figures.batched += [batched] if batched else []
            self._keep()

    def rest(self) -> None:
        """Measure what is measured once."""
        limit = self._request.limit_seconds
        for child in self._built("range search"):
            order = Order(do="range", ef=RANGE_WIDTH, seconds=2 * self._request.pass_seconds)
            child.figures.ranged = child.measure(order, Ranged, limit)
            self._keep()
        for child in self._built("removing, saving, opening, inserting"):
            ef, figures = chosen_for_good(child.figures), child.figures
            figures.removed = child.measure(Order(do="remove", ef=ef), Removed, limit)
            figures.reopened = child.measure(Order(do="reopen", ef=ef), Reopened, limit)
            figures.inserting = child.measure(Order(do="inserting", ef=ef), Inserting, limit)
            self._keep()

    def _search(self, child: Child, ef: int) -> Searched | None:
        order = Order(do="search", ef=ef, seconds=self._request.pass_seconds)
        seen: Searched | None = child.measure(order, Searched, self._request.limit_seconds)
        if seen is not None:
            child.figures.rounds[-1].append(seen)
        return seen

    def _working(self, what: str, *, each: bool = True) -> Iterator[Child]:
        """Yield every process that still works, telling what is done with it, or with all of them."""
        text = f"{self._request.recipe.size:,} vectors: {what}"
        if not each:
            self._tell(text)
        for child in self._children:
            if child.works:
                if each:
                    self._tell(f"{text}: {child.figures.name}")
                yield child

    def _built(self, what: str, *, each: bool = True) -> Iterator[Child]:
        return (child for child in self._working(what, each=each) if child.figures.built is not None)
