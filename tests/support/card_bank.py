"""The scorer of the evaluation with no more of a bank than its card says."""

from collections.abc import Mapping

import numpy as np

from encoders.evaluation import Bank, Vectors
from encoders.evaluation.scorers import Floats, Rows
from encoders.model_card import BankStatistics
from streams.wire.envelope import ModalityName


class CardBank(Bank):
    """The same mean and deviation for every seed."""

    def __init__(self, card: BankStatistics) -> None:
        """Take the statistics of a card."""
        super().__init__(Vectors(np.empty((0, 1))))
        object.__setattr__(self, "card", card)  # the parent is frozen

    def spread(self, of: Vectors, seeds: Rows) -> tuple[Floats, Floats]:
        """Return what the card says, once a seed."""
        card: BankStatistics = getattr(self, "card")  # noqa: B009  # a field that the frozen parent does not declare
        return np.full(len(seeds), card.score_mean), np.full(len(seeds), card.score_deviation)


def card_banks(cards: Mapping[ModalityName, BankStatistics]) -> dict[str, Bank]:
    """Return the banks that cards describe, by modality."""
    return {str(name): CardBank(card) for name, card in cards.items()}
