"""The edits that turn a seed into a near copy."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]


class Edit(StrEnum):
    """What was done to the frames of another post before it went up again."""

    REENCODE = "reencode"
    MIRROR = "mirror"
    CROP = "crop"
    BRIGHTNESS = "brightness"
    LOGO = "logo"


# The factor at which a repeated upload is squeezed: blocks show, the picture stays.
COPY_CRF = 36
_CROP_SHARE = 0.86
_BRIGHTNESS_FACTOR = 1.25
_LOGO_SHARE = 0.07


def retouch(edit: Edit, frame: Picture) -> Picture:
    """Return an edited frame.

    Args:
        edit: What to do; `REENCODE` leaves the frame to the encoder.
        frame: uint8 (h, w, 3) RGB.

    Returns:
        uint8 (h, w, 3), a new array of the same size.
    """
    return _HANDS[edit](frame)


def _mirror(frame: Picture) -> Picture:
    return np.ascontiguousarray(frame[:, ::-1])


def _crop(frame: Picture) -> Picture:
    height, width = frame.shape[:2]
    margin_y, margin_x = height * (1 - _CROP_SHARE) / 2, width * (1 - _CROP_SHARE) / 2
    box = (margin_x, margin_y, width - margin_x, height - margin_y)
    resized = Image.fromarray(frame).resize((width, height), Image.Resampling.BILINEAR, box=box)
    return np.asarray(resized, dtype=np.uint8)


def _brightness(frame: Picture) -> Picture:
    lit: Picture = np.clip(frame * np.float32(_BRIGHTNESS_FACTOR) + 8, 0, 255).astype(np.uint8)
    return lit


def _logo(frame: Picture) -> Picture:
    """Return the frame with a bar of three blocks across its top, as reposting apps leave one."""
    edited = frame.copy()
    rows, width = max(2, int(len(frame) * _LOGO_SHARE)), frame.shape[1]
    edited[:rows] = (18, 18, 22)
    pad = max(1, rows // 4)
    for number, colour in enumerate(((250, 60, 90), (80, 220, 230), (250, 250, 250))):
        left = pad + number * rows
        edited[pad : rows - pad, left : left + rows - pad] = colour
    edited[pad : rows - pad, width // 2 : width - pad] = (70, 70, 78)
    return edited


_HANDS: dict[Edit, Callable[[Picture], Picture]] = {
    Edit.REENCODE: np.copy,
    Edit.MIRROR: _mirror,
    Edit.CROP: _crop,
    Edit.BRIGHTNESS: _brightness,
    Edit.LOGO: _logo,
}
