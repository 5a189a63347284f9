"""The slogan as people lay it over a clip: heavy letters on a band."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from encoders.corpus.palettes import Colours

# Width of the letters' outline as a share of their height.
_STROKE = 0.09


@dataclass(frozen=True, slots=True)
class Overlay:
    """A picture to lay over frames.

    Attributes:
        top: First row of the frame that it covers.
        colour: float32 (rows, width, 3), 0..255, already multiplied by its opacity.
        clear: float32 (rows, width, 1), share of the frame that shines through, 0..1.
    """

    top: int
    colour: NDArray[np.float32]
    clear: NDArray[np.float32]

    def lay_over(self, frame: NDArray[np.uint8]) -> None:
        """Draw into the frame, uint8 (h, width, 3), in place: it is the canvas."""
        rows = frame[self.top : self.top + len(self.colour)]
        rows[:] = (rows * self.clear + self.colour).astype(np.uint8)


def slogan_overlay(slogan: str, colours: Colours, size_px: tuple[int, int], place: float) -> Overlay:
    """Draw a slogan as wide as the frame.

    Args:
        slogan: The words.
        colours: The band has the accent, the letters black or white, whichever is read better on it.
        size_px: Height and width of the frame in pixels.
        place: Middle of the band, a share of the frame's height in [0, 1].

    Returns:
        The overlay; it lies wholly within the frame.
    """
    height, width = size_px
    lines = _wrap(slogan)
    font = _fitting_font(lines, width * 0.86)
    pitch = int(font.size * 1.15)
    rows = min(height, pitch * len(lines) + int(font.size * 0.5))
    picture = Image.new("RGBA", (width, rows), (*colours.accent, 215))
    pen = ImageDraw.Draw(picture)
    ink = (0, 0, 0) if sum(colours.accent) > 384 else (255, 255, 255)
    stroke = max(1, round(font.size * _STROKE / 2))
    for number, line in enumerate(lines):
        middle = (width / 2, font.size * 0.25 + pitch * (number + 0.5))
        pen.text(middle, line, font=font, fill=(*ink, 255), anchor="mm", stroke_width=stroke, stroke_fill=(*ink, 255))
    layer = np.asarray(picture, dtype=np.float32)
    opacity = layer[..., 3:] / np.float32(255)
    top = min(max(0, round(height * place - rows / 2)), height - rows)
    return Overlay(top=top, colour=layer[..., :3] * opacity, clear=1 - opacity)


def _wrap(text: str) -> list[str]:
    """Return one line, or two of about equal length when the text is long."""
    words = text.split()
    if len(text) <= 9 or len(words) < 2:
        return [text]
    cuts = range(1, len(words))
    cut = min(cuts, key=lambda place: abs(len(" ".join(words[:place])) - len(" ".join(words[place:]))))
    return [" ".join(words[:cut]), " ".join(words[cut:])]


def _fitting_font(lines: list[str], width: float) -> ImageFont.FreeTypeFont:
    """Return the built-in font in the size at which the widest line fills the width, within limits."""
    probe = _font(20)
    widest = max(probe.getlength(line) for line in lines)
    return _font(int(min(width / 4.5, 20 * width / widest)))


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType, so slogans cannot be drawn")
    return font
