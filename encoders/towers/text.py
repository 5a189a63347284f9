"""Words to features: hashed pieces, summed as embeddings, through two layers.

Source of the bag of hashed n-grams: Joulin et al., "Bag of Tricks for Efficient Text Classification", EACL 2017,
arXiv 1607.01759; of character pieces: Bojanowski et al., arXiv 1607.04606.
"""

import itertools
import zlib
from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders.absence import has_words
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Caption, Sample
from encoders.towers.aspects import check_aspects, in_blocks
from encoders.towers.signal_text import normalised
from encoders.towers.tower import Prepared, Tower

SHORTEST, LONGEST = 3, 5
MOST_PIECES = 4_096
"""Of one text; a caption of 200 characters has about 700."""


class TextTowerSpec(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="text", tag_field="kind"
):
    """The sizes of a text tower.

    Attributes:
        buckets: Rows of the table of embeddings; more keep pieces apart.
        width: Of an embedding.
        hidden: Of the layer between.
        dimension: Of the features.
        aspects: What the blocks of the features are about, each with how many numbers it has; none for one whole
            vector.
        dropout: Share of hidden numbers left out in training.
    """

    buckets: Annotated[int, msgspec.Meta(ge=16, le=4_194_304)] = 65_536
    width: Annotated[int, msgspec.Meta(ge=4, le=2_048)] = 96
    hidden: Annotated[int, msgspec.Meta(ge=4, le=4_096)] = 384
    dimension: Annotated[int, msgspec.Meta(ge=4, le=2_048)] = 256
    dropout: Annotated[float, msgspec.Meta(ge=0, le=0.9)] = 0.1
    aspects: dict[str, int] = {}

    def __post_init__(self) -> None:
        """Check that blocks make up the vector."""
        check_aspects(self.aspects, self.dimension)


class TextTower(Tower):
    """A bag of words, pairs of words and stretches of 3 to 5 characters; it knows little of their order."""

    modality = Modality.TEXT
    tensors = 2

    def __init__(self, spec: TextTowerSpec) -> None:
        """Draw weights from torch's generator."""
        super().__init__()
        self.dimension = spec.dimension
        self.buckets, self.aspects = spec.buckets, spec.aspects
        self.table = nn.EmbeddingBag(spec.buckets, spec.width, mode="mean")
        self.layers = nn.Sequential(
            nn.LayerNorm(spec.width),
            nn.Linear(spec.width, spec.hidden),
            nn.GELU(),
            nn.Dropout(spec.dropout),
            nn.Linear(spec.hidden, spec.dimension),
        )

    def prepare(self, sample: Sample) -> Prepared | None:
        """Return the rows of a caption's pieces, shape (pieces,), int64; None without a word."""
        if not isinstance(sample, Caption):
            raise SampleError(f"a caption is needed, got {type(sample).__name__}")
        return rows_of(normalised(sample.text).split(), self.buckets) if has_words(sample.text) else None

    def collate(self, prepared: Sequence[Prepared]) -> tuple[Tensor, ...]:
        """Return all rows, shape (r,), with where each caption begins, shape (n,); both int64."""
        lengths = [len(rows) for rows in prepared]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        return torch.from_numpy(np.concatenate(prepared).astype(np.int64)), torch.from_numpy(starts.astype(np.int64))

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return features, see `Tower.forward`."""
        rows, starts = inputs
        features: Tensor = self.layers(self.table(rows, starts))
        return in_blocks(features, self.aspects)


def rows_of(words: Sequence[str], buckets: int) -> NDArray[np.int64]:
    """Return where the pieces of a text stand in a table.

    Args:
        words: Normalised, at least one.
        buckets: Rows of the table.

    Returns:
        Shape (pieces,), int64, at most `MOST_PIECES` of them, in [0, buckets). CRC-32 is the same on every machine,
        unlike `hash`.
    """
    pieces = [f"w{word}" for word in words]
    pieces += [f"p{one} {two}" for one, two in itertools.pairwise(words)]
    for word in words:
        marked = f" {word} "
        for length in range(SHORTEST, LONGEST + 1):
            pieces += [f"c{marked[i : i + length]}" for i in range(len(marked) - length + 1)]
    codes = [zlib.crc32(piece.encode("utf-8", "surrogatepass")) % buckets for piece in pieces[:MOST_PIECES]]
    return np.asarray(codes, dtype=np.int64)
