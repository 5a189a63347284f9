"""Which posts make a batch: a function of the seed with the number of the step, so that there is no state to lose."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.training.errors import CorpusTooSmall, check_range
from encoders.training.losses.views import UNLABELLED

Rows = NDArray[np.int64]

# The streams of chance of one seed, kept apart.
_LEAVES, _POSTS, _LOOSE = 1, 2, 3


class LeafSampler:
    """P leaves with K posts each, as supervised losses need it, with posts of no leaf beside them where asked for.

    A round is as many batches as there are leaves for, each leaf in at most one of them, so that leaves are seen evenly
    however many posts they have. Posts of a leaf take turns too; where it has fewer than K, some are in a batch twice
    (each with its own augmentation).

    Source: P x K batches, Hermans et al., "In Defense of the Triplet Loss", arXiv 1703.07737, section 2.
    """

    def __init__(self, labels: Sequence[int], *, leaves: int, posts: int, loose: int = 0, seed: int = 0) -> None:
        """Sort the posts by leaf.

        Args:
            labels: The leaf of each post, or `UNLABELLED`.
            leaves: P, at least 1.
            posts: K, at least 1.
            loose: How many posts without a leaf a batch has.
            seed: Root of all chance, 0 or more.

        Raises:
            OutOfRange: A number below its limit.
            CorpusTooSmall: Fewer than P leaves, or no post without a leaf where some are asked for.
        """
        check_range("leaves", leaves, 1, float("inf"))
        check_range("posts", posts, 1, float("inf"))
        check_range("loose", loose, 0, float("inf"))
        check_range("seed", seed, 0, float("inf"))
        places = np.asarray(labels, dtype=np.int64)
        self._members = {int(leaf): np.flatnonzero(places == leaf) for leaf in np.unique(places)}
        self._unlabelled = self._members.pop(UNLABELLED, np.zeros(0, dtype=np.int64))
        if len(self._members) < leaves:
            raise CorpusTooSmall(f"a batch takes {leaves} leaves, there are {len(self._members)}")
        if loose and not len(self._unlabelled):
            raise CorpusTooSmall(f"a batch takes {loose} posts without a leaf, there is none")
        self._leaves, self._posts, self._loose, self._seed = leaves, posts, loose, seed

    @property
    def size(self) -> int:
        """How many posts a batch has."""
        return self._leaves * self._posts + self._loose

    def batch(self, step: int) -> Rows:
        """Return the posts of one step, shape (size,), int64: posts of a leaf side by side, those of none last."""
        names = np.fromiter(self._members, dtype=np.int64)
        lap, place = divmod(step, len(names) // self._leaves)
        order = np.random.default_rng((self._seed, _LEAVES, lap)).permutation(names)
        chosen = order[place * self._leaves : (place + 1) * self._leaves]
        rows = [self._of_leaf(int(leaf), lap) for leaf in chosen]
        loose = _walk(len(self._unlabelled), step * self._loose, self._loose, (self._seed, _LOOSE))
        return np.concatenate([*rows, self._unlabelled[loose]])

    def _of_leaf(self, leaf: int, turn: int) -> Rows:
        """Return the K posts of a leaf's turn, counted from 0."""
        members = self._members[leaf]
        return members[_walk(len(members), turn * self._posts, self._posts, (self._seed, _POSTS, leaf))]


class EvenSampler:
    """Posts in shuffled rounds, whatever their leaves: what CLIP and MoCo are trained with."""

    def __init__(self, count: int, *, size: int, seed: int = 0) -> None:
        """Keep the numbers.

        Args:
            count: How many posts there are.
            size: How many a batch has, at least 1.
            seed: Root of all chance, 0 or more.

        Raises:
            OutOfRange: A number below its limit.
            CorpusTooSmall: Fewer posts than a batch has.
        """
        check_range("size", size, 1, float("inf"))
        check_range("seed", seed, 0, float("inf"))
        if count < size:
            raise CorpusTooSmall(f"a batch takes {size} posts, there are {count}")
        self._count, self._size, self._seed = count, size, seed

    @property
    def size(self) -> int:
        """How many posts a batch has."""
        return self._size

    def batch(self, step: int) -> Rows:
        """Return the posts of one step, shape (size,), int64."""
        return _walk(self._count, step * self._size, self._size, (self._seed, _POSTS))


Sampler = LeafSampler | EvenSampler


def _walk(count: int, start: int, length: int, seed: tuple[int, ...]) -> Rows:
    """Return a stretch of an endless walk through shuffled rounds of `count` places, shape (length,), int64."""
    out: list[int] = []
    while len(out) < length:
        lap, offset = divmod(start + len(out), count)
        order = np.random.default_rng((*seed, lap)).permutation(count)
        out.extend(order[offset : offset + length - len(out)].tolist())
    return np.asarray(out, dtype=np.int64)
