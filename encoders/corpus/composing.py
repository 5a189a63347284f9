"""Real media joined into one post: pictures become a moving clip, a sound its track, a text its caption."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.corpus.edits import Edit, retouch
from encoders.corpus.shelf import Item, Shelf
from encoders.media import DecodedMedia, MediaLimits, decode_media, frames_from_jpeg, waveform_from_pcm

SIDE_PX = 160
FRAME_RATE = 12
RATE_HZ = 16_000
# A picture above this was not meant for a corpus of small media.
_MOST_PIXELS = 4096 * 4096

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How pictures are filmed.

    Attributes:
        seconds: Length of the clip.
        zoom: Of the first and the last frame, 1 or more; above 1 the edges are cropped away.
        pan: Way of the middle (x, y) from the first to the last frame, in shares of what is cropped away, in [-1, 1].
        shake: Standard deviation of the middle, in the same shares.
        mirror: Whether the pictures are flipped left to right.
        light: Factor on the brightness.
        crf: Constant rate factor of the encoder.
        gain: Loudness of the track, its peak as a share of full scale.
        start: Where in the sound the track starts, a share of what is left over.
        chance: Root of the shaking.
    """

    seconds: float
    zoom: tuple[float, float]
    pan: tuple[float, float]
    shake: float
    mirror: bool
    light: float
    crf: int
    gain: float
    start: float
    chance: int


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw how one post is filmed: 2 to 4 seconds."""
    pan, zoom = rng.uniform(-1.0, 1.0, 2), rng.uniform(1.0, 1.25, 2)
    return Camera(
        seconds=float(rng.uniform(2.0, 4.0)),
        zoom=(float(zoom[0]), float(zoom[1])),
        pan=(float(pan[0]), float(pan[1])),
        shake=float(rng.uniform(0.0, 0.15)),
        mirror=bool(rng.random() < 0.3),
        light=float(rng.uniform(0.85, 1.15)),
        crf=int(rng.integers(22, 33)),
        gain=float(rng.uniform(0.3, 0.8)),
        start=float(rng.random()),
        chance=int(rng.integers(2**31)),
    )


def pictures_of(shelf: Shelf, item: Item) -> tuple[Picture, ...]:
    """Return the pictures of an image (one) or a clip (up to 8), uint8 (h, w, 3).

    Raises:
        MediaError: It cannot be decoded.
        ValueError: The image is larger than any that is meant.
    """
    media = shelf.media(item)
    if item.kind == "video":
        return frames_from_jpeg(_decoded(media).frames).images
    with Image.open(io.BytesIO(media)) as image:
        if image.width * image.height > _MOST_PIXELS:
            raise ValueError(f"{item.id} has {image.width} x {image.height} pixels")
        return (np.asarray(image.convert("RGB"), dtype=np.uint8),)


def track_of(shelf: Shelf, item: Item, camera: Camera) -> NDArray[np.float32]:
    """Return the sound of an item as a track, float32 (n,), mono at 16 kHz, as long as the clip at most."""
    sound = _decoded(shelf.media(item)).waveform
    if sound is None:
        return np.zeros(RATE_HZ, dtype=np.float32)
    samples = waveform_from_pcm(sound).samples
    length = int(camera.seconds * RATE_HZ)
    first = int(max(0, len(samples) - length) * camera.start)
    track = samples[first : first + length]
    return (track * (camera.gain / max(1e-6, float(np.abs(track).max(initial=0.0))))).astype(np.float32)


def film_pictures(
    pictures: Sequence[Picture], camera: Camera, shares: Sequence[float], edits: Sequence[Edit] = ()
) -> Iterator[Picture]:
    """Film pictures with a moving camera.

    Args:
        pictures: In the order of time, each shown for an equal stretch.
        camera: How.
        shares: When, as shares of the clip in [0, 1).
        edits: What a copier did.

    Yields:
        uint8 (SIDE_PX, SIDE_PX, 3), one a share.
    """
    for share in shares:
        picture = pictures[int(share * len(pictures))]
        frame = _seen(picture[:, ::-1] if camera.mirror else picture, camera, share)
        for edit in edits:
            frame = retouch(edit, frame)  # one edit upon the other
        yield frame


def _seen(picture: Picture, camera: Camera, share: float) -> Picture:
    """Return what the camera sees at one moment."""
    height, width = picture.shape[:2]
    side = min(height, width) / (camera.zoom[0] + (camera.zoom[1] - camera.zoom[0]) * share)
    jolt = np.random.default_rng((camera.chance, int(share * 1e6))).normal(0.0, camera.shake, 2)
    across, down = (
        float(np.clip((share - 0.5) * way + jump, -1, 1)) for way, jump in zip(camera.pan, jolt, strict=True)
    )
    left, top = (width - side) / 2 * (1 + across), (height - side) / 2 * (1 + down)
    image = Image.fromarray(np.ascontiguousarray(picture))
    small = image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    lit: Picture = np.clip(np.asarray(small, dtype=np.float32) * camera.light, 0, 255).astype(np.uint8)
    return lit


def _decoded(media: bytes) -> DecodedMedia:
    with tempfile.NamedTemporaryFile() as file:
        file.write(media)
        file.flush()
        return decode_media(file.name, MediaLimits())
