"""Generated posts of the development trends, drawn once as their decoded samples."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from encoders.corpus import CorpusSettings, Post, Role, Section, draw_taxonomy, posts_of, samples_of
from encoders.evaluation import TrendPosts, TrendSet
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Samples, Waveform

# As decoding leaves them: 224 pixels on the longer side of a picture of 9 to 16.
_WIDTH_PX = 126
# Of each trend, edits of others; of the trend that is made of copies more.
_COPIES, _COPIES_OF_COPIES = 2, 4
# A trend shares the strangers with the others.
_STRANGERS_A_POSITIVE = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DrawnPosts:
    """Posts with what they are.

    Attributes:
        samples: Of each post.
        trends: Their rows by trend.
        sha256: Of all samples, in hex.
    """

    samples: Sequence[Samples]
    trends: TrendSet
    sha256: str

    def complete(self, count: int) -> list[Samples]:
        """Return the first posts that have every modality, over again where there are too few."""
        whole = [samples for samples in self.samples if set(samples) == set(Modality)]
        return [whole[number % len(whole)] for number in range(count)]


def draw_posts(positives: int, seed: int, advance: Callable[[int, int], None]) -> DrawnPosts:
    """Draw the development trends at a small size.

    Args:
        positives: Of each trend, with as many hard negatives; three times as many strangers in all.
        seed: Of the corpus.
        advance: Told of each post: drawn, of how many.
    """
    settings = replace(
        CorpusSettings(seed=seed),
        originals=positives - _COPIES,
        copies=_COPIES,
        copies_of_copies=_COPIES_OF_COPIES,
        hard_negatives=positives,
        background=2 * _STRANGERS_A_POSITIVE * positives,  # the development section has half of it
    )
    taxonomy = draw_taxonomy(seed)
    posts = list(posts_of(taxonomy, settings, Section.DEVELOPMENT))
    samples: list[Samples] = []
    for number, post in enumerate(posts, start=1):
        samples.append(samples_of(post, width_px=_WIDTH_PX))
        advance(number, len(posts))
    kinds = {leaf.name: str(leaf.kind) for leaf in taxonomy.development}
    return DrawnPosts(samples=samples, trends=_trends(posts, kinds), sha256=_digest(samples))


def _trends(posts: Sequence[Post], kinds: dict[str, str]) -> TrendSet:
    def rows(role: Role, leaf: str | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        chosen = [row for row, post in enumerate(posts) if post.role is role and post.leaf == leaf]
        return np.asarray(chosen, dtype=np.int64)

    _, groups = np.unique([post.group for post in posts], return_inverse=True)
    return TrendSet(
        trends=[
            TrendPosts(
                name=leaf, kind=kind, positives=rows(Role.POSITIVE, leaf), hard_negatives=rows(Role.HARD_NEGATIVE, leaf)
            )
            for leaf, kind in kinds.items()
        ],
        background=rows(Role.BACKGROUND, None),
        groups=groups.astype(np.int64),
    )


def _digest(samples: Sequence[Samples]) -> str:
    digest = hashlib.sha256()
    for post in samples:
        for modality in sorted(post):
            sample = post[modality]
            digest.update(f"{modality}\n".encode())
            if isinstance(sample, Frames):
                for image in sample.images:
                    digest.update(image.tobytes())
            elif isinstance(sample, Waveform):
                digest.update(sample.samples.tobytes())
            elif isinstance(sample, Caption):
                digest.update(sample.text.encode())
    return digest.hexdigest()
