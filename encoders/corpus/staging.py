"""Posts as samples, without a file between: drawn at the size that is looked at, squeezed as an encoder would."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.corpus.edits import retouch
from encoders.corpus.factors import Sound
from encoders.corpus.looks import look_of_script
from encoders.corpus.posts import Post
from encoders.corpus.scene import film
from encoders.corpus.sound import play
from encoders.corpus.take import Take
from encoders.media.sampling import Thinning
from encoders.media.writer import write_clip
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Waveform

RATE_HZ = 16_000
FRAMES = 8
# JPEG at 85 looks about like x264 at 22, at 35 about like 36: what lies between goes straight.
_BEST_QUALITY, _BEST_CRF, _QUALITY_A_CRF = 85.0, 22, 50.0 / 14.0

Picture = NDArray[np.uint8]


def samples_of(post: Post, *, width_px: int = 128, frames: int = FRAMES) -> dict[Modality, Sample]:
    """Draw a post as its decoded samples.

    About what `decode_media` gives for the written file, at a fraction of the cost: only the frames that are kept are
    drawn, at their final size; JPEG stands in for H.264.

    Args:
        post: What to draw.
        width_px: Width of the frames in pixels; 144 or 180 is the width of the file.
        frames: How many, spread over the clip as decoding spreads them.

    Returns:
        The modalities that the post has; the sound is mono at 16 kHz.
    """
    samples: dict[Modality, Sample] = {Modality.FRAMES: Frames(tuple(_looks(post, width_px, frames)))}
    if post.take.has_sound:
        samples[Modality.AUDIO] = Waveform(
            _heard(replace(post.take, audio_rate_hz=RATE_HZ, stereo=False), post), RATE_HZ
        )
    if post.caption is not None:
        samples[Modality.TEXT] = Caption(post.caption)
    return samples


def write_post(post: Post, path: Path) -> None:
    """Write a post as an MP4 file: H.264, with AAC where it has sound.

    Args:
        post: What to draw.
        path: The file; an existing one is replaced.
    """
    take = post.take
    every = range(_length(take))
    waveform = _heard(take, post) if take.has_sound else None
    write_clip(path, _edited(post, take, every), take.frame_rate, waveform, take.audio_rate_hz, take.crf)


def _length(take: Take) -> int:
    return round(take.seconds * take.frame_rate)


def _heard(take: Take, post: Post) -> NDArray[np.float32]:
    return play(Sound(post.script.sound.head), take, Sound(post.script.sound.detail))


def _edited(post: Post, take: Take, numbers: Sequence[int]) -> Iterator[Picture]:
    for frame in film(look_of_script(post.script), take, numbers):
        for edit in post.edits:
            frame = retouch(edit, frame)  # noqa: PLW2901 - one edit upon the other
        yield frame


def _looks(post: Post, width_px: int, frames: int) -> Iterator[Picture]:
    """Draw the chosen frames at their size, each through JPEG."""
    take = post.take
    share = width_px / take.size_px[1]
    small = replace(take, size_px=(round(take.size_px[0] * share), width_px), grain=take.grain * min(1.0, share))
    thinning: Thinning[int] = Thinning(frames)
    for number in range(_length(take)):
        if thinning.wants_next:
            thinning.keep(number)
        else:
            thinning.skip()
    quality = round(_BEST_QUALITY - _QUALITY_A_CRF * (take.crf - _BEST_CRF))
    for frame in _edited(post, small, thinning.chosen()):
        squeezed = io.BytesIO()
        Image.fromarray(frame).save(squeezed, "JPEG", quality=quality)
        with Image.open(squeezed) as image:
            yield np.asarray(image.convert("RGB"), dtype=np.uint8)
