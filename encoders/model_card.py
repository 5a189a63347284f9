"""What must be known about a model before its scores are believed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from encoders.errors import BadCard
from encoders.modality import Modality

CARD_FILE = "card.json"

DEVIATIONS = 20
"""Deviations above strangers at which a normalised score is 1: 0.05 is one of them. A score is cut off there, which a
deviation of 0.05 or more never needs, since cosines end at 1; what comes so near is a near copy anyhow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatistics:
    """How far from each other vectors are that have nothing to do with each other.

    Attributes:
        size: Vectors of the bank; at least 2.
        data_digest: Of the samples it was encoded from.
        score_mean: Mean cosine of two different vectors of the bank.
        score_deviation: Standard deviation of these cosines; above 0.
    """

    size: int
    data_digest: str
    score_mean: float
    score_deviation: float

    def __post_init__(self) -> None:
        """Check what later divides.

        Raises:
            BadCard: A bank below two vectors, or without deviation.
        """
        if self.size < 2 or not self.score_deviation > 0 or not -1.0 <= self.score_mean <= 1.0:
            raise BadCard(f"bank statistics of {self.size} vectors, {self.score_mean} +- {self.score_deviation}")

    def normalised(self, score: float) -> float:
        """Return a cosine as its distance from a stranger's, in deviations: comparable between modalities."""
        return (score - self.score_mean) / self.score_deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The record that comes with a tower; as JSON it lies beside its weights.

    Attributes:
        name: What people call it.
        modality: What it encodes.
        model_id: Of its weights together with all that happens before and after them.
        dimension: Of its vectors.
        source: Where it comes from: `signal`, `shipped` or `transformers`.
        licences: SPDX ids of weights, code and data; empty where nobody stated them.
        data_digest: Of what it was trained on; empty when untrained or not known.
        recipe: How it was trained; `none` when untrained.
        commit: Of the code that trained it; empty when not known.
        metrics: Measured figures by name, with their conditions in the name.
        limits: What it is known to be bad at.
        preprocessing: What happens to a sample before the first layer.
        whitening: What happens to a vector after the last: `none`, or the digest of a whitening.
        bank: Scores between strangers, for scores that are normalised by them.
        aspects: Numbers of each block of its vectors in order, by what it is about; none for one whole vector.
        blocks: The same between strangers block by block, of served vectors cut by `aspects`, each piece at norm 1;
            none for one whole vector or without a bank.
    """

    name: str
    modality: Modality
    model_id: str
    dimension: int
    source: str
    licences: tuple[str, ...] = ()
    data_digest: str = ""
    recipe: str = "none"
    commit: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    limits: str = ""
    preprocessing: str = ""
    whitening: str = "none"
    bank: BankStatistics | None = None
    aspects: Mapping[str, int] = field(default_factory=dict)
    blocks: Mapping[str, BankStatistics] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that statistics are of blocks that are there.

        Raises:
            BadCard: They are of others, or not of all.
        """
        if self.blocks and set(self.blocks) != set(self.aspects):
            raise BadCard(f"blocks {', '.join(self.blocks)} are not the aspects {', '.join(self.aspects)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a modality's vector that seeds may have in common.

    Attributes:
        modality: Whose vector.
        start: First number.
        stop: The one behind the last.
        bank: Scores between strangers, of the part at norm 1.
    """

    modality: Modality
    start: int
    stop: int
    bank: BankStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteBank:
    """What strangers score by whatever vectors of a suite are compared in: its bank, as it is served.

    Attributes:
        model_id: Of the suite.
        fused: Of fused vectors, of all its posts.
        size: Posts that have every modality and block; what follows is of these.
        parts: p modalities and blocks: `frames`, `frames/shape`.
        means: (p,) mean cosine of two different posts in each part.
        covariances: (p, p) of these cosines: parts of one modality are seldom independent of each other.
    """

    model_id: str
    fused: BankStatistics
    size: int
    parts: tuple[str, ...]
    means: tuple[float, ...]
    covariances: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        """Check that every part has its numbers.

        Raises:
            BadCard: Another shape, a number that is not finite, a variance that is not above 0.
        """
        count = len(self.parts)
        shaped = len(self.means) == len(self.covariances) == count and {len(row) for row in self.covariances} <= {count}
        numbers = [*self.means, *(value for row in self.covariances for value in row)]
        if not shaped or not all(map(math.isfinite, numbers)):
            raise BadCard(f"the bank of {self.model_id} must have finite means and covariances of {count} parts")
        if not all(self.covariances[place][place] > 0 for place in range(count)):
            raise BadCard(f"the bank of {self.model_id} must have variances above 0")

    def weighted(self, weights: Mapping[str, float]) -> tuple[float, float]:
        """Return mean and deviation of the sum over parts of weight x cosine, over the sum of all weights.

        Args:
            weights: By part, not all 0; what the suite lacks adds nothing to a score but its weight.
        """
        whole = math.fsum(weights.values())
        shares = [weights.get(part, 0.0) / whole for part in self.parts]
        mean = math.fsum(share * mean for share, mean in zip(shares, self.means, strict=True))
        terms = (
            one * other * value
            for one, row in zip(shares, self.covariances, strict=True)
            for other, value in zip(shares, row, strict=True)
        )
        return mean, math.sqrt(max(0.0, math.fsum(terms)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCard:
    """The record of the encoders that serve together.

    Attributes:
        name: The name by which it is loaded.
        model_id: The id that its vectors bear; another preprocessing, weight, whitening or fusion is another id.
        dimension: Of the fused vector.
        fusion: How vectors of the towers become one, in words.
        towers: One a modality.
        bank: Scores between strangers of the whole suite, for trends that are normalised by them; None where its file
            has none beside it.
    """

    name: str
    model_id: str
    dimension: int
    fusion: str
    towers: tuple[ModelCard, ...]
    bank: SuiteBank | None = None

    @property
    def dimensions(self) -> tuple[tuple[Modality, int], ...]:
        """Of each modality's vector."""
        return tuple((tower.modality, tower.dimension) for tower in self.towers)

    @property
    def banks(self) -> dict[Modality, BankStatistics]:
        """Scores between strangers in each modality that has such statistics."""
        return {tower.modality: tower.bank for tower in self.towers if tower.bank is not None}

    @property
    def stretches(self) -> dict[str, Stretch]:
        """What the seeds of a trend are weighed by: `frames/shape`, say, or `frames` where its card knows no blocks."""
        out: dict[str, Stretch] = {}
        for tower in self.towers:
            stop = 0
            for aspect, size in tower.aspects.items() if tower.blocks else ():
                start, stop = stop, stop + size
                out[f"{tower.modality}/{aspect}"] = Stretch(
                    modality=tower.modality, start=start, stop=stop, bank=tower.blocks[aspect]
                )
            if not tower.blocks and tower.bank is not None:
                out[tower.modality.value] = Stretch(
                    modality=tower.modality, start=0, stop=tower.dimension, bank=tower.bank
                )
        return out


def write_card(card: ModelCard, folder: Path) -> None:
    """Write a card as JSON beside the weights in a folder; an older one is replaced."""
    ordered = replace(card, metrics=dict(sorted(card.metrics.items())))
    (folder / CARD_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(ordered), indent=2) + b"\n")


def read_card(folder: Path) -> ModelCard:
    """Return the card in a folder.

    Raises:
        BadCard: There is none, or a field is missing or of another type; the message names it.
    """
    try:
        return msgspec.json.decode((folder / CARD_FILE).read_bytes(), type=ModelCard)
    except OSError as error:
        raise BadCard(f"no {CARD_FILE} in {folder}") from error
    except msgspec.DecodeError as error:
        raise BadCard(f"{folder / CARD_FILE}: {error}") from error
