"""How alike two videos are, part by part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit_float16
from encoders.modality import Modality
from encoders.samples import Frames
from index import cosines
from streams.explanation.subject import Subject, SuiteLike


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePair:
    """Two pictures that match.

    Attributes:
        video: Number of the picture in the one video, from 0.
        seed: In the other.
        score: Their cosine, each encoded as a clip of one picture.
    """

    video: int
    seed: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The scores of two videos, by law 2: cosines in [-1, 1] in whole millionths.

    Attributes:
        fused: Of the fused vectors; None where one of the two says nothing.
        modalities: Of each modality that both have.
        missing: Of each other modality, which of the two lacks it and why.
    """

    fused: float | None
    modalities: Mapping[Modality, float]
    missing: Mapping[Modality, str]


def likeness(video: Subject, seed: Subject) -> Likeness:
    """Return the scores of two videos that one suite encoded."""
    both = [modality for modality in Modality if modality in video.vectors and modality in seed.vectors]
    return Likeness(
        fused=None if video.fused is None or seed.fused is None else _cosine(video.fused, seed.fused),
        modalities={m: _cosine(video.vectors[m], seed.vectors[m]) for m in both},
        missing={m: _lack(m, video, seed) for m in Modality if m not in both},
    )


def frame_pairs(suite: SuiteLike, video: Subject, seed: Subject, most: int) -> list[FramePair]:
    """Match single pictures, the best pair first; a picture is in one pair only.

    Args:
        suite: Whose encoder of frames is asked.
        video: One video.
        seed: The other.
        most: Pairs at most; 1 or more.

    Returns:
        Pairs by their score, best first; none where one has no picture that says something.
    """
    left, right = _pictures(suite, video), _pictures(suite, seed)
    if not left or not right:
        return []
    scores = cosines(np.stack(list(left.values())), np.stack(list(right.values())))  # (pictures, pictures)
    places, others = list(left), list(right)
    pairs: list[FramePair] = []
    while len(pairs) < min(most, *scores.shape):
        row, column = divmod(int(np.argmax(scores)), scores.shape[1])
        pairs.append(FramePair(video=places[row], seed=others[column], score=float(scores[row, column])))
        scores[row, :] = scores[:, column] = -np.inf
    return pairs


def nearest(video: Subject, others: Sequence[Subject]) -> tuple[Subject, Likeness] | None:
    """Return the video with the highest fused score beside `video`, the first of equals; None where none has one."""
    found = [(other, likeness(video, other)) for other in others]
    scored = [(other, like) for other, like in found if like.fused is not None]
    return max(scored, key=lambda pair: pair[1].fused or 0.0) if scored else None


def _pictures(suite: SuiteLike, subject: Subject) -> dict[int, NDArray[np.float16]]:
    """Return the vector of each picture that says something, by its number."""
    encoder = suite.encoders.get(Modality.FRAMES)
    if encoder is None:
        return {}
    vectors = encoder.encode([Frames((image,)) for image in subject.pictures])
    return {place: to_unit_float16(vector) for place, vector in enumerate(vectors) if vector is not None}


def _lack(modality: Modality, video: Subject, seed: Subject) -> str:
    """Return which of two lacks a modality, and why."""
    lacks = [subject for subject in (video, seed) if modality in subject.missing]
    if len(lacks) == 2 and video.missing[modality] == seed.missing[modality]:
        return f"both: {video.missing[modality]}"
    return "; ".join(f"{subject.name}: {subject.missing[modality]}" for subject in lacks)


def _cosine(left: NDArray[np.float16], right: NDArray[np.float16]) -> float:
    return float(cosines(left[None, :], right[None, :])[0, 0])
