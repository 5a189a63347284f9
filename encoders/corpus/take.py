"""The nuisance factors of a post: all that varies while the programme stays."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

# Portrait sizes (height, width) in pixels: 9:16 as phones film, small enough to draw a corpus in under a minute.
SIZES_PX = ((256, 144), (320, 180))
_FRAME_RATES = (12, 15)
_AUDIO_RATES_HZ = (22_050, 44_100)


class Texture(StrEnum):
    """What covers the ground behind the object."""

    CLOUDS = "clouds"
    STRIPES = "stripes"
    CHECKER = "checker"
    DOTS = "dots"
    SLOPE = "slope"
    BRICKS = "bricks"
    WAVES = "waves"
    RAYS = "rays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """How one post was filmed, cut and uploaded.

    Attributes:
        size_px: Height and width in pixels, both even.
        frame_rate: Frames a second.
        seconds: Length of the clip in seconds.
        texture: What covers the ground.
        tint: Shift of the ground's colour, a share of full scale a channel (r, g, b), each in [-0.08, 0.08].
        zoom: Camera zoom, 1 or more; above 1 the edges are cropped away.
        drift: Way of the camera over the ground in clip widths a second (x, y).
        speed: Factor on the motion and on the rhythm of the sound.
        phase: Where in its cycle the motion starts, in [0, 1).
        mirror: Whether the scene is flipped left to right (the slogan, laid over later, is not).
        grain: Standard deviation of the picture noise in grey levels (of 255).
        slogan_place: Middle of the slogan, a share of the height.
        audio_rate_hz: Samples a second.
        stereo: Whether there are two channels.
        detune: Factor on every frequency of the sound.
        hiss: Standard deviation of the noise under the sound, a share of full scale.
        gain: Loudness, a share of full scale.
        crf: Constant rate factor of the encoder.
        has_sound: Whether the file has an audio stream.
        has_caption: Whether the post has a caption.
        chance: Root of the post's own random numbers (texture, grain, wording).
    """

    size_px: tuple[int, int]
    frame_rate: int
    seconds: float
    texture: Texture
    tint: tuple[float, float, float]
    zoom: float
    drift: tuple[float, float]
    speed: float
    phase: float
    mirror: bool
    grain: float
    slogan_place: float
    audio_rate_hz: int
    stereo: bool
    detune: float
    hiss: float
    gain: float
    crf: int
    has_sound: bool
    has_caption: bool
    chance: int


def draw_take(rng: np.random.Generator, *, missing: float = 0.0) -> Take:
    """Draw the nuisance factors of one post.

    Args:
        rng: Where chance comes from.
        missing: Probability that the sound is missing, and, apart from it, that the caption is; in [0, 1].

    Returns:
        A take of 3 to 4 seconds.
    """
    red, green, blue = (float(value) for value in rng.uniform(-0.08, 0.08, 3))
    textures = tuple(Texture)
    return Take(
        size_px=SIZES_PX[int(rng.integers(len(SIZES_PX)))],
        frame_rate=_FRAME_RATES[int(rng.integers(len(_FRAME_RATES)))],
        seconds=float(rng.uniform(3.0, 4.0)),
        texture=textures[int(rng.integers(len(textures)))],
        tint=(red, green, blue),
        zoom=float(rng.uniform(1.0, 1.2)),
        drift=(float(rng.uniform(-0.06, 0.06)), float(rng.uniform(-0.04, 0.04))),
        speed=float(rng.uniform(0.8, 1.25)),
        phase=float(rng.random()),
        mirror=bool(rng.random() < 0.3),
        grain=float(rng.uniform(0.0, 5.0)),
        slogan_place=float(rng.choice((0.13, 0.82, 0.87))),
        audio_rate_hz=_AUDIO_RATES_HZ[int(rng.integers(len(_AUDIO_RATES_HZ)))],
        stereo=bool(rng.random() < 0.5),
        detune=float(2.0 ** rng.uniform(-1 / 12, 1 / 12)),
        hiss=float(rng.uniform(0.0, 0.02)),
        gain=float(rng.uniform(0.3, 0.8)),
        crf=int(rng.integers(22, 33)),
        has_sound=bool(rng.random() >= missing),
        has_caption=bool(rng.random() >= missing),
        chance=int(rng.integers(2**31)),
    )
