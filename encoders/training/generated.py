"""Posts of the generator, drawn in memory: no file is written, nothing is encoded."""

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
from encoders.training.dataset import Origin, Posts
from encoders.training.errors import CorpusTooSmall
from encoders.training.losses import UNLABELLED

SIZE_PX = (128, 72)
"""Height and width of a drawn picture: towers see 64 pixels or fewer, and twenty such clips are drawn a second."""

PICTURES_A_SECOND = 2
RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class _Plan:
    """One post that is yet to be drawn: its leaf, what it shows, how."""

    label: int
    programme: Programme
    take: Take


def generated_posts(data: GeneratedData, modalities: Iterable[Modality]) -> tuple[Posts, Posts]:
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
    wanted = tuple(sorted(modalities))
    learned = [_plan(leaf, programmes[leaf], rng) for leaf in range(data.leaves) for _ in range(data.posts)]
    learned += [_plan(UNLABELLED, draw_far(programmes, rng), rng) for _ in range(data.loose)]
    unseen = programmes[data.leaves :]
    held_out = [_plan(leaf, unseen[leaf], rng) for leaf in range(data.held_out) for _ in range(data.posts)]
    return _posts(learned, wanted), _posts(held_out, wanted)


def _plan(label: int, programme: Programme, rng: np.random.Generator) -> _Plan:
    take = draw_take(rng)
    small = replace(
        take, size_px=SIZE_PX, frame_rate=PICTURES_A_SECOND, audio_rate_hz=RATE_HZ, stereo=False, has_caption=True
    )
    return _Plan(label, programme, small)


def _posts(plans: Sequence[_Plan], wanted: Sequence[Modality]) -> Posts:
    """Return posts that draw their plans."""

    def draw(row: int) -> Samples:
        return MappingProxyType({modality: _draw(plans[row], modality) for modality in wanted})

    digest = hashlib.sha256(repr((tuple(plans), tuple(wanted))).encode()).hexdigest()
    origin = Origin(source="generated posts", digest=digest, licences=("Apache-2.0",))
    return Posts([plan.label for plan in plans], draw, origin)


def _draw(plan: _Plan, modality: Modality) -> Sample:
    """Draw one modality of a post; its chance is the post's own."""
    if modality is Modality.TEXT:
        return Caption(caption(plan.programme.wording, np.random.default_rng((plan.take.chance, 5))))
    if modality is Modality.FRAMES:
        return Frames(tuple(render(plan.programme, plan.take)))
    return Waveform(play(plan.programme.sound, plan.take), RATE_HZ)
