"""Methods compared on the same trends: each judged once, kept on disk, laid beside the others."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from encoders.corpus.store import Store
from encoders.digest import canonical_digest
from encoders.evaluation.confidence import Replicates, paired_difference
from encoders.evaluation.course import FIGURES, Judged, Protocol, Side, check_trends, hubs, judge
from encoders.evaluation.encoding import open_posts, see
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.methods import load_method, source_name
from encoders.evaluation.posteriors import Reading, read_posteriors
from encoders.evaluation.report import Difference, MethodFigures, TrendFacts
from encoders.evaluation.scorers import Rows
from encoders.evaluation.subject import rows_of, trend_set
from encoders.evaluation.trends import TrendSet
from encoders.evaluation.variants import Use, Variant, variants

# Raised whenever other figures would come out of the same vectors.
_CODE = 3
POSTERIORS_SUFFIX = ".npz"

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

    def facts(self) -> dict[str, object]:
        """Return what decides every figure beside the method."""
        return {
            name: (store.digest, canonical_digest([int(row) for row in rows]))
            for name, store, rows in (
                ("test", self.test, self.test_rows),
                ("development", self.development, self.development_rows),
                ("bank", self.bank, self.bank_rows),
            )
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
    """

    methods: tuple[MethodFigures, ...]
    differences: tuple[Difference, ...]


def compare(
    sources: Mapping[str, str], ground: Ground, protocol: Protocol, work: Path, watch: Watch | None = None
) -> Compared:
    """Judge methods, or read what an earlier call found of them.

    Args:
        sources: By name, the method that all others are compared with first; see `load_method`. A source that ends in
            .npz is a file of probabilities, see `PosteriorFile`.
        ground: What they are compared on.
        protocol: Its numbers.
        work: Folder for vectors and results; a killed comparison goes on from there.
        watch: Told of progress.

    Raises:
        EncodersError: A method cannot be loaded, or the posts are no test.
    """
    for what, subject in (("test", ground.trends), ("development", ground.trials)):
        check_trends(what, subject, protocol)
    methods: list[MethodFigures] = []
    replicates: dict[str, Mapping[str, Replicates]] = {}
    for name, source in sources.items():
        figures, kept = _one(name, source, ground, protocol, work, watch)
        methods.append(figures)
        replicates |= kept
    return Compared(tuple(methods), tuple(_differences(replicates, protocol)))


def _one(
    name: str, source: str, ground: Ground, protocol: Protocol, work: Path, watch: Watch | None
) -> tuple[MethodFigures, Mapping[str, Mapping[str, Replicates]]]:
    if source.endswith(POSTERIORS_SUFFIX):
        return _of_posteriors(name, source, ground, protocol, work)
    method = load_method(name, source)
    place = _place(work, name, source, method.model_id, ground, protocol)
    known = _read(place)
    if known is not None:
        return known
    folder = work / "vectors"
    stores = (
        (ground.bank, ground.bank_rows),
        (ground.development, ground.development_rows),
        (ground.test, ground.test_rows),
    )
    whole = sum(open_posts(method, store, rows, folder) for store, rows in stores)
    encoding = _Counter(f"{name}: encoding", whole, watch)
    bank, trial, seen = (see(method, store, rows, folder, encoding) for store, rows in stores)
    begun = time.monotonic()
    test = Side(list(variants(seen, bank, method.banks)), ground.trends)
    scoring = _Counter(f"{name}: scoring", len(test.variants), watch)
    judged = judge(name, test, Side(list(variants(trial, bank, method.banks)), ground.trials), protocol, scoring)
    figures = MethodFigures(
        name=name,
        source=source_name(source),
        model_id=method.model_id,
        trained=method.trained,
        dimension=method.fusion.dimension,
        hubness=hubs(seen.fused, ground.trends.background),
        seconds=round(time.monotonic() - begun, 1),
        variants=judged.variants,
        rows=judged.rows,
    )
    _write(place, figures, judged)
    return figures, judged.replicates


def _of_posteriors(
    name: str, source: str, ground: Ground, protocol: Protocol, work: Path
) -> tuple[MethodFigures, Mapping[str, Mapping[str, Replicates]]]:
    file = read_posteriors(Path(source))
    place = _place(work, name, "", file.digest(), ground, protocol)
    known = _read(place)
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
        dimension=None,
        hubness=None,
        seconds=round(time.monotonic() - begun, 1),
        variants=judged.variants,
        rows=judged.rows,
    )
    _write(place, figures, judged)
    return figures, judged.replicates


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


def _differences(replicates: Mapping[str, Mapping[str, Replicates]], protocol: Protocol) -> list[Difference]:
    if not replicates:
        raise EvaluationError("no method was named")
    first = next(iter(replicates))
    out = []
    for other, figures in replicates.items():
        if other == first:
            continue
        for figure, theirs in figures.items():
            apart = paired_difference(replicates[first][figure], theirs, times=protocol.resamples[1])
            out.append(
                Difference(ours=first, theirs=other, figure=figure, value=apart.value, low=apart.low, high=apart.high)
            )
    return out


def _place(work: Path, name: str, source: str, model_id: str, ground: Ground, protocol: Protocol) -> Path:
    facts = {"code": _CODE, "name": name, "source": source, "model": model_id, "protocol": str(protocol)}
    return work / "results" / canonical_digest({**facts, **ground.facts()})[:24]


def _write(place: Path, figures: MethodFigures, judged: Judged) -> None:
    """Keep what a method came to; the JSON comes last, so that what has it is whole."""
    place.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}  # numpy takes names of arrays beside its own options
    for number, row in enumerate(judged.rows):
        for figure, one in judged.replicates[row.name].items():
            arrays[f"{number}.{figure}.values"], arrays[f"{number}.{figure}.resampled"] = one.values, one.resampled
    with (place / "replicates.npz").open("wb") as file:
        np.savez(file, **arrays)
    (place / "half.json").write_bytes(msgspec.json.encode(figures))
    (place / "half.json").replace(place / "figures.json")


def _read(place: Path) -> tuple[MethodFigures, Mapping[str, Mapping[str, Replicates]]] | None:
    if not (place / "figures.json").is_file():
        return None
    figures = msgspec.json.decode((place / "figures.json").read_bytes(), type=MethodFigures)
    with np.load(place / "replicates.npz") as arrays:
        kept = {
            row.name: {
                figure: Replicates(arrays[f"{number}.{figure}.values"], arrays[f"{number}.{figure}.resampled"])
                for figure in FIGURES
            }
            for number, row in enumerate(figures.rows)
        }
    return figures, kept
