"""Methods compared on the same trends: each judged once, kept on disk, laid beside the others."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from encoders.corpus.store import Store
from encoders.digest import canonical_digest
from encoders.evaluation.confidence import Replicates, paired_difference
from encoders.evaluation.course import check_trends, hubs, judge
from encoders.evaluation.encoding import open_posts, see
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.kept import Kept, place_of, read_kept, write_kept
from encoders.evaluation.measured import Protocol, Side, spread_of
from encoders.evaluation.methods import load_method, source_name
from encoders.evaluation.posteriors import Reading, read_posteriors
from encoders.evaluation.report import Difference, MethodFigures, PrimaryFigures, TrendFacts
from encoders.evaluation.scorers import Rows
from encoders.evaluation.subject import rows_of, trend_set
from encoders.evaluation.trends import TrendSet
from encoders.evaluation.variants import Use, Variant, variants
from encoders.evaluation.vector_file import VectorFile, encoded

POSTERIORS_SUFFIX = ".npz"

TUNED_DRAWS = 3
"""Draws of seeds on which comparator C2 is fine-tuned."""

Watch = Callable[[str, int, int], None]
"""Told what goes on, how much of it is done, of how much."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What methods are compared on.

    Attributes:
        test: Store with the posts under test.
        development: Store with the development trends.
        bank: Store with the bank.
        share: Of each section.
        test_rows: int64, of the test section.
        development_rows: int64, of the development section.
        bank_rows: int64, of the bank.
        trends: Under test.
        trials: Development trends.
    """

    test: Store
    development: Store
    bank: Store
    share: float = 1.0
    test_rows: Rows = field(init=False)
    development_rows: Rows = field(init=False)
    bank_rows: Rows = field(init=False)
    trends: TrendSet = field(init=False)
    trials: TrendSet = field(init=False)

    def __post_init__(self) -> None:
        """Lay out trends.

        Raises:
            EvaluationError: A section has no drawn posts, or no trends.
        """
        rows = {
            "test": rows_of(self.test, "test", self.share),
            "development": rows_of(self.development, "development", self.share),
            "bank": rows_of(self.bank, "bank", self.share),
        }
        for name, kept in rows.items():
            object.__setattr__(self, f"{name}_rows", kept)
        object.__setattr__(self, "trends", trend_set(self.test, rows["test"]))
        object.__setattr__(self, "trials", trend_set(self.development, rows["development"]))

    @property
    def parts(self) -> tuple[tuple[Store, Rows], ...]:
        """Bank, development and test, each with its rows."""
        return (
            (self.bank, self.bank_rows),
            (self.development, self.development_rows),
            (self.test, self.test_rows),
        )

    def facts(self) -> dict[str, object]:
        """Return what decides every figure beside the method."""
        return {
            name: (store.digest, canonical_digest([int(row) for row in rows]))
            for name, (store, rows) in zip(("bank", "development", "test"), self.parts, strict=True)
        }

    def described(self) -> tuple[TrendFacts, ...]:
        """Return the trends under test."""
        return tuple(
            TrendFacts(
                name=trend.name,
                kind=trend.kind,
                known=trend.known,
                family=trend.family,
                positives=len(trend.positives),
                hard_negatives=len(trend.hard_negatives),
            )
            for trend in self.trends.trends
        )


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What a comparison came to.

    Attributes:
        methods: In the order asked for.
        differences: From the first row to every other.
        primary_differences: From the first method to every other, by the primary score.
    """

    methods: tuple[MethodFigures, ...]
    differences: tuple[Difference, ...]
    primary_differences: tuple[Difference, ...]


def compare(
    sources: Mapping[str, str],
    ground: Ground,
    protocol: Protocol,
    work: Path,
    watch: Watch | None = None,
    *,
    tuned: Collection[str] = (),
) -> Compared:
    """Judge methods, or read what an earlier call found of them.

    Args:
        sources: By name, the method that all others are compared with first; see `load_method`. A source that ends in
            .npz is a file of probabilities, see `PosteriorFile`.
        ground: What they are compared on.
        protocol: Its numbers.
        work: Folder for vectors and results; a killed comparison goes on from there.
        watch: Told of progress.
        tuned: Names of methods that are fine-tuned on the seeds of each trend besides, comparator C2; see `FineTuned`.

    Raises:
        EncodersError: A method cannot be loaded or fine-tuned, or the posts are no test.
    """
    unknown = [name for name in tuned if name not in sources]
    if unknown:
        raise EvaluationError(f"fine-tuning: {', '.join(unknown)} is none of the methods {', '.join(sources)}")
    for what, subject in (("test", ground.trends), ("development", ground.trials)):
        check_trends(what, subject, protocol)
    found = [_one(name, source, ground, protocol, work, watch, name in tuned) for name, source in sources.items()]
    rows = {name: figures for one in found for name, figures in one.replicates.items()}
    primary = {one.figures.name: one.primary or one.replicates[one.figures.name] for one in found}
    return Compared(tuple(one.figures for one in found), _differences(rows, protocol), _differences(primary, protocol))


def _one(  # noqa: PLR0913, PLR0917 - all that one method needs
    name: str, source: str, ground: Ground, protocol: Protocol, work: Path, watch: Watch | None, tune: bool
) -> Kept:
    if source.endswith(POSTERIORS_SUFFIX):
        return _of_posteriors(name, source, ground, protocol, work)
    method = load_method(name, source)
    place = place_of(work, (name, source, method.model_id, *(["tuned"] if tune else [])), ground.facts(), protocol)
    known = read_kept(place)
    if known is not None:
        return known
    folder = work / "vectors"
    whole = sum(open_posts(method, store, rows, folder) for store, rows in ground.parts)
    encoding = _Counter(f"{name}: encoding", whole, watch)
    bank, trial, seen = (see(method, store, rows, folder, encoding) for store, rows in ground.parts)
    tests, trials = (list(variants(posts, bank, method.banks)) for posts in (seen, trial))
    if tune:
        for scorers, more in zip((tests, trials), _tuned(name, source, ground, folder, watch), strict=True):
            scorers.extend(more)
    begun = time.monotonic()
    scoring = _Counter(f"{name}: scoring", len(tests), watch)
    judged = judge(name, Side(tests, ground.trends), Side(trials, ground.trials), protocol, scoring)
    figures = MethodFigures(
        name=name,
        source=source_name(source),
        model_id=method.model_id,
        trained=method.trained,
        pretrained=method.pretrained,
        dimension=method.fusion.dimension,
        hubness=hubs(seen.fused, ground.trends.background),
        seconds=round(time.monotonic() - begun, 1),
        variants=judged.variants,
        rows=judged.rows,
        primary=PrimaryFigures(**{figure: spread_of(one, protocol) for figure, one in judged.primary.items()}),
        budgets=method.budgets,
    )
    return write_kept(place, Kept(figures, judged.replicates, judged.primary))


def _tuned(name: str, source: str, ground: Ground, folder: Path, watch: Watch | None) -> list[list[Variant]]:
    """Return comparator C2 by its numbers of steps, for test and for development."""
    from encoders.evaluation.tuning import STEPS, FineTuned, towers_to_tune  # noqa: PLC0415 - torch, for which few ask

    towers = towers_to_tune(source)
    whole = sum(
        len(VectorFile(folder, store, tower).open_rows(rows))
        for store, rows in ground.parts
        for tower in towers.values()
    )
    counter = _Counter(f"{name}: below the last layer", whole, watch)
    bank, trial, test = (
        {modality: encoded(folder, store, tower, rows, counter) for modality, tower in towers.items()}
        for store, rows in ground.parts
    )
    scorers = [[FineTuned(towers, posts, bank, steps) for steps in STEPS] for posts in (test, trial)]
    return [
        [Variant(f"fine-tuned {one.steps}", Use.TUNED, one, draws=TUNED_DRAWS, cost=one.cost) for one in side]
        for side in scorers
    ]


def _of_posteriors(name: str, source: str, ground: Ground, protocol: Protocol, work: Path) -> Kept:
    file = read_posteriors(Path(source))
    place = place_of(work, (name, "", file.digest()), ground.facts(), protocol)
    known = read_kept(place)
    if known is not None:
        return known
    begun = time.monotonic()
    test, trial = (
        Side([Variant(reading.value, Use.CHOICE, file.scorer(store, reading)) for reading in Reading], subject)
        for store, subject in ((ground.test, ground.trends), (ground.development, ground.trials))
    )
    judged = judge(name, test, trial, protocol)
    figures = MethodFigures(
        name=name,
        source=source_name(source),
        model_id=file.model_id,
        trained=True,
        pretrained=False,
        dimension=None,
        hubness=None,
        seconds=round(time.monotonic() - begun, 1),
        variants=judged.variants,
        rows=judged.rows,
        primary=None,
        budgets=(),
    )
    return write_kept(place, Kept(figures, judged.replicates, judged.primary))


@dataclass(slots=True)
class _Counter:
    what: str
    whole: int
    watch: Watch | None
    done: int = 0

    def __call__(self, more: int) -> None:
        self.done += more
        if self.watch is not None:
            self.watch(self.what, self.done, self.whole)


def _differences(found: Mapping[str, Mapping[str, Replicates]], protocol: Protocol) -> tuple[Difference, ...]:
    """Return how far the first is above every other, in every figure."""
    if not found:
        raise EvaluationError("no method was named")
    first = next(iter(found))
    out = []
    for other, figures in found.items():
        if other == first:
            continue
        for figure, theirs in figures.items():
            apart = paired_difference(found[first][figure], theirs, times=protocol.resamples[1])
            out.append(
                Difference(ours=first, theirs=other, figure=figure, value=apart.value, low=apart.low, high=apart.high)
            )
    return tuple(out)
