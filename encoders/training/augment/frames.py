"""Pictures as others would post them: cropped, mirrored, recoloured, overlaid, encoded again."""

import io

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.samples import Frames
from encoders.training.errors import check_range

Picture = NDArray[np.uint8]

LUMA = np.asarray([0.299, 0.587, 0.114], dtype=np.float32)
"""ITU-R BT.601."""

WORST_QUALITY, BEST_QUALITY = 25, 85
"""Of JPEG: what chains of reposts leave, what phones send."""


class FramesAugment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far pictures are changed; at 0 nothing is.

    Attributes:
        crop: Most of each side that is cut away, in [0, 0.9]; the rest keeps its size in pixels.
        flip: Probability of a mirror image. Mirrored words cannot be read: 0 where they matter.
        colour: Most by which brightness, contrast and saturation differ from 1, in [0, 0.9].
        overlay: Probability of a bar laid over an edge, as apps and captions leave one.
        reencode: Probability of a JPEG of bad quality.
    """

    crop: float = 0.0
    flip: float = 0.0
    colour: float = 0.0
    overlay: float = 0.0
    reencode: float = 0.0

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("crop", self.crop, 0, 0.9)
        check_range("flip", self.flip, 0, 1)
        check_range("colour", self.colour, 0, 0.9)
        check_range("overlay", self.overlay, 0, 1)
        check_range("reencode", self.reencode, 0, 1)


def augment_frames(sample: Frames, how: FramesAugment, rng: np.random.Generator) -> Frames:
    """Change a clip; every picture of it in the same way, as an uploader would.

    Args:
        sample: Left as it is.
        how: How far.
        rng: Where chance comes from; the number of its draws does not depend on `how`.

    Returns:
        As many pictures of the same sizes.
    """
    box = rng.random(3)
    flips, overlays, encodes = rng.random(3) < (how.flip, how.overlay, how.reencode)
    factors = 1 + how.colour * rng.uniform(-1, 1, 3)
    bar, quality = rng.random(6), int(rng.integers(WORST_QUALITY, BEST_QUALITY + 1))
    images = sample.images
    if how.crop:
        images = tuple(_cropped(image, how.crop, box) for image in images)
    if flips:
        images = tuple(np.ascontiguousarray(image[:, ::-1]) for image in images)
    if how.colour:
        images = tuple(_recoloured(image, factors) for image in images)
    if overlays:
        images = tuple(_overlaid(image, bar) for image in images)
    if encodes:
        images = tuple(_encoded(image, quality) for image in images)
    return Frames(images)


def _cropped(image: Picture, most: float, box: NDArray[np.float64]) -> Picture:
    """Return a part of the picture at the size of the whole; box is (how much, where down, where across)."""
    height, width = image.shape[:2]
    share = 1 - most * box[0]
    tall, wide = max(1.0, height * share), max(1.0, width * share)
    top, left = (height - tall) * box[1], (width - wide) * box[2]
    part = (float(left), float(top), float(left + wide), float(top + tall))
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, box=part)
    return np.asarray(resized, dtype=np.uint8)


def _recoloured(image: Picture, factors: NDArray[np.float64]) -> Picture:
    """Return the picture with brightness, contrast and saturation times their factors."""
    light, contrast, saturation = (np.float32(factor) for factor in factors)
    bright = image.astype(np.float32) * light
    middle = (bright @ LUMA).mean()
    bright = middle + (bright - middle) * contrast
    grey = (bright @ LUMA)[..., None]
    coloured: Picture = np.clip(grey + (bright - grey) * saturation, 0, 255).astype(np.uint8)
    return coloured


def _overlaid(image: Picture, bar: NDArray[np.float64]) -> Picture:
    """Return the picture with a bar of one colour with a block in it; bar is (edge, depth, where, red, green, blue)."""
    out = image.copy()
    height, width = image.shape[:2]
    depth = max(1, round(height * (0.05 + 0.15 * bar[1])))
    rows = slice(0, depth) if bar[0] < 0.5 else slice(height - depth, height)
    colour = (bar[3:] * 255).astype(np.uint8)
    out[rows] = colour
    left = int(width * 0.7 * bar[2])
    pad = depth // 4
    out[rows][pad : max(pad + 1, depth - pad), left : left + max(1, width // 4)] = 255 - (bar[3:] * 255).astype(
        np.uint8
    )
    return out


def _encoded(image: Picture, quality: int) -> Picture:
    """Return what a JPEG of that quality keeps."""
    written = io.BytesIO()
    Image.fromarray(image).save(written, "JPEG", quality=quality)
    with Image.open(io.BytesIO(written.getvalue()), formats=("JPEG",)) as read:
        return np.asarray(read.convert("RGB"), dtype=np.uint8)
