"""The scorers of one method by name: those that development trends choose from, those that only explain.

| variant | score | may become the headline |
|---|---|---|
| `cosine max`, `cosine mean` | fused vectors | yes |
| `normalised max`, `normalised mean` | the same in the bank's deviations | yes |
| `weighted max`, `weighted mean` | blocks, or modalities without, weighed by cohesion of the seeds | yes |
| `few-shot` | shrunk discriminant on fused vectors | yes |
| `probe 1`, `probe 100` | logistic regression on fused vectors, by strength: comparator C1 | no |
| `fine-tuned 20`, ... | towers fine-tuned on the seeds, by steps, where asked for: comparator C2, `FineTuned` | no |
| `negative seeds` | `weighted mean` less half the score with the nearest negative seed | no |
| `modalities max`, `modalities mean` | whole modalities weighed, though there are blocks | no |
| `frames alone`, ... | one modality | no |
| `without frames`, ... | all but one, weighed by cohesion | no |
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from encoders.evaluation.contrast import NEGATIVE_SEEDS, Contrasted
from encoders.evaluation.encoding import Seen
from encoders.evaluation.heads import LinearProbe, ShrunkDiscriminant
from encoders.evaluation.scorers import Bank, Cosine, Normalised, Pooling, Scorer, Weighted, strangers
from encoders.model_card import BankStatistics

_POOLINGS: tuple[Pooling, ...] = ("max", "mean")
_STRENGTHS = (1.0, 100.0)

PRIMARY_SCORER = "cosine max"
"""The primary score of the protocol, in a table of its own whatever development trends chose."""


class Use(StrEnum):
    """What a variant is for."""

    CHOICE = "choice"
    """May become the headline."""

    PROBE = "probe"
    """Comparator C1: the best of these has a row of its own."""

    TUNED = "tuned"
    """Comparator C2: it has a row of its own."""

    PART = "part"
    """Explains: a modality alone, or without one."""

    MORE = "more"
    """Knows more than seeds."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One scorer of a method.

    Attributes:
        name: In tables.
        use: What it is for.
        scorer: Of the posts of one store.
        negatives: Negative seeds that each draw needs.
        draws: How many draws of seeds at most; None for all.
        cost: Says what it cost so far besides encoding, for the page.
    """

    name: str
    use: Use
    scorer: Scorer
    negatives: int = 0
    draws: int | None = None
    cost: Callable[[], str] = str


def variants(seen: Seen, bank: Seen, cards: Mapping[str, BankStatistics]) -> Iterator[Variant]:
    """Return all scorers of a method.

    Args:
        seen: The posts under test.
        bank: Posts in no test, by the same method.
        cards: What the method's cards say of its modalities and blocks: what the pipeline weighs by goes first.
    """
    several = len(seen.parts) > 1
    found = {name: strangers(vectors) for name, vectors in (*bank.parts.items(), *bank.blocks.items())}
    banks = {name: one for name, one in found.items() if one is not None} | dict(cards)
    for pooling in _POOLINGS:
        yield Variant(f"cosine {pooling}", Use.CHOICE, Cosine(seen.fused, pooling))
        yield Variant(f"normalised {pooling}", Use.CHOICE, Normalised(seen.fused, Bank(bank.fused), pooling))
        if len(seen.blocks) > 1:
            yield Variant(f"weighted {pooling}", Use.CHOICE, Weighted(seen.blocks, banks, pooling))
        if several and set(seen.blocks) != set(seen.parts):
            yield Variant(f"modalities {pooling}", Use.PART, Weighted(seen.parts, banks, pooling))
    yield Variant("few-shot", Use.CHOICE, ShrunkDiscriminant(seen.fused, bank.fused))
    for strength in _STRENGTHS:
        yield Variant(f"probe {strength:g}", Use.PROBE, LinearProbe(seen.fused, bank.fused, strength))
    near = Weighted(seen.blocks, banks, "mean")
    yield Variant("negative seeds", Use.MORE, Contrasted(near), NEGATIVE_SEEDS)
    if several:
        yield from _parts(seen, banks)


def _parts(seen: Seen, banks: Mapping[str, BankStatistics]) -> Iterator[Variant]:
    for name, vectors in seen.parts.items():
        alone = {block: of for block, of in seen.blocks.items() if block.partition("/")[0] == name}
        scorer = Cosine(vectors, "mean") if len(alone) == 1 else Weighted(alone, banks, "mean")
        yield Variant(f"{name} alone", Use.PART, scorer)
    for name in seen.parts:
        kept = {block: of for block, of in seen.blocks.items() if block.partition("/")[0] != name}
        yield Variant(f"without {name}", Use.PART, Weighted(kept, banks, "mean"))
