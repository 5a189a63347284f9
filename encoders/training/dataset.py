"""The posts that a run learns from: samples with leaves, drawn when they are asked for."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from encoders.corpus.programme import Programme, draw_apart, draw_far
from encoders.corpus.scene import render
from encoders.corpus.sound import play
from encoders.corpus.take import Take, draw_take
from encoders.corpus.wording import caption
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Samples, Waveform
from encoders.training.config import GeneratedData
from encoders.training.errors import CorpusTooSmall
from encoders.training.losses import UNLABELLED

SIZE_PX = (128, 72)
"""Height and width of a drawn picture: towers see 64 pixels or fewer, and twenty such clips are drawn a second."""

PICTURES_A_SECOND = 2
RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Post:
    """One post that is yet to be drawn.

    Attributes:
        label: Its leaf, counted from 0, or `UNLABELLED`.
        programme: What it shows.
        take: How.
    """

    label: int
    programme: Programme
    take: Take


class Posts:
    """Posts by row; what was drawn once is kept."""

    def __init__(self, posts: Sequence[Post], modalities: Iterable[Modality]) -> None:
        """Keep the plan; nothing is drawn yet.

        Args:
            posts: In the order of their rows.
            modalities: What is drawn of each.
        """
        self._posts = tuple(posts)
        self._modalities = tuple(sorted(modalities))
        self._drawn: dict[int, Samples] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._posts)

    @property
    def labels(self) -> tuple[int, ...]:
        """The leaf of each row."""
        return tuple(post.label for post in self._posts)

    @property
    def leaves(self) -> int:
        """How many leaves there are."""
        return max(self.labels, default=UNLABELLED) + 1

    @property
    def digest(self) -> str:
        """SHA-256 over the plan, in hex: the same plan draws the same posts."""
        return hashlib.sha256(repr((self._posts, self._modalities)).encode()).hexdigest()

    def samples(self, row: int) -> Samples:
        """Return what a post says, one sample a modality."""
        if row not in self._drawn:
            post = self._posts[row]
            self._drawn[row] = MappingProxyType({modality: _draw(post, modality) for modality in self._modalities})
        return self._drawn[row]


def generated(data: GeneratedData, modalities: Iterable[Modality]) -> tuple[Posts, Posts]:
    """Plan generated posts.

    Args:
        data: How many.
        modalities: What is drawn of each.

    Returns:
        Posts to learn from; posts of leaves that are held out, labelled from 0 for themselves.

    Raises:
        CorpusTooSmall: So many leaves do not fit apart.
    """
    rng = np.random.default_rng((data.seed, 11))
    try:
        programmes = draw_apart(data.leaves + data.held_out, rng)
    except ValueError as error:
        raise CorpusTooSmall(str(error)) from error
    wanted = tuple(modalities)
    learned = [_post(leaf, programmes[leaf], rng) for leaf in range(data.leaves) for _ in range(data.posts)]
    learned += [_post(UNLABELLED, draw_far(programmes, rng), rng) for _ in range(data.loose)]
    unseen = programmes[data.leaves :]
    held_out = [_post(leaf, unseen[leaf], rng) for leaf in range(data.held_out) for _ in range(data.posts)]
    return Posts(learned, wanted), Posts(held_out, wanted)


def _post(label: int, programme: Programme, rng: np.random.Generator) -> Post:
    take = draw_take(rng)
    small = replace(
        take, size_px=SIZE_PX, frame_rate=PICTURES_A_SECOND, audio_rate_hz=RATE_HZ, stereo=False, has_caption=True
    )
    return Post(label, programme, small)


def _draw(post: Post, modality: Modality) -> Sample:
    """Draw one modality of a post; its chance is the post's own."""
    if modality is Modality.TEXT:
        return Caption(caption(post.programme.wording, np.random.default_rng((post.take.chance, 5))))
    if modality is Modality.FRAMES:
        return Frames(tuple(render(post.programme, post.take)))
    return Waveform(play(post.programme.sound, post.take), RATE_HZ)
