"""Words as others would write them: some left out, some misspelled."""

import msgspec
import numpy as np

from encoders.samples import Caption
from encoders.training.errors import check_range


class TextAugment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far words are changed; at 0 nothing is.

    Attributes:
        drop: Probability that a word is left out, in [0, 0.9]; one always stays.
        misspell: Probability that a word has a slip of the finger, in [0, 1].
    """

    drop: float = 0.0
    misspell: float = 0.0

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("drop", self.drop, 0, 0.9)
        check_range("misspell", self.misspell, 0, 1)


def augment_text(sample: Caption, how: TextAugment, rng: np.random.Generator) -> Caption:
    """Change a caption. Leaving words out: Iyyer et al., "Deep Unordered Composition", ACL 2015, section 2.2.2.

    Args:
        sample: Left as it is.
        how: How far.
        rng: Where chance comes from.

    Returns:
        At least one word where there was one; the words in their order.
    """
    words = sample.text.split()
    if not words or not (how.drop or how.misspell):
        return sample
    chances = rng.random((len(words), 2))
    if bool((chances[:, 0] < how.drop).all()):
        chances[int(rng.integers(len(words))), 0] = 1.0
    kept = [(word, slips) for word, (drops, slips) in zip(words, chances, strict=True) if drops >= how.drop]
    return Caption(" ".join(_slipped(word, rng) if slips < how.misspell else word for word, slips in kept))


def _slipped(word: str, rng: np.random.Generator) -> str:
    """Return a word with two letters swapped, one left out, or one doubled; a single letter stays."""
    if len(word) < 2:
        return word
    place, kind = int(rng.integers(len(word) - 1)), int(rng.integers(3))
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + (word[place] * 2 if kind == 1 else "") + word[place + 1 :]
