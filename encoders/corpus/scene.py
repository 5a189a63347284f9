"""The frames of a post: an object that moves over a textured ground, under a slogan."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.factors import Shape
from encoders.corpus.motions import Pose, pose
from encoders.corpus.overlay import slogan_overlay
from encoders.corpus.palettes import COLOURS, Colours
from encoders.corpus.programme import Programme
from encoders.corpus.shapes import inside
from encoders.corpus.take import Take
from encoders.corpus.textures import paint

# Radius of the object as a share of the frame's width.
_RADIUS = 0.3
# Cycles of a motion a second at speed 1: a clip of three seconds shows it more than once.
_CYCLES_A_SECOND = 0.5
# The object's shadows of a moment ago: (seconds back, opacity), farthest first. They make motion visible in one frame.
_TRAIL = ((0.32, 0.18), (0.16, 0.35))
# No outline goes farther from the middle, in radii; the hourglass comes nearest to it.
_REACH = 1.25
# Width of the object's edge in radii.
_EDGE = 0.12

Picture = NDArray[np.uint8]


def render(programme: Programme, take: Take) -> Iterator[Picture]:
    """Draw the frames of a post, one after the other.

    Args:
        programme: Shape, motion, palette and slogan are taken from it.
        take: How it was filmed.

    Yields:
        uint8 (h, w, 3) RGB, a new array each time, `round(seconds * frame_rate)` of them.
    """
    rng = np.random.default_rng((take.chance, 1))
    height, width = take.size_px
    colours = COLOURS[programme.palette]
    ground = _ground(colours, take, rng)
    grain = np.round(rng.normal(0.0, take.grain, (height + 32, width + 32, 1))).astype(np.int16)
    overlay = slogan_overlay(programme.slogan, colours, take.size_px, take.slogan_place)
    for number in range(round(take.seconds * take.frame_rate)):
        seconds = number / take.frame_rate
        frame = _window(ground, take, seconds)
        for back, opacity in (*_TRAIL, (0.0, 1.0)):
            cycle = take.phase + (seconds - back) * take.speed * _CYCLES_A_SECOND
            _draw(frame, programme.shape, pose(programme.motion, cycle), colours, take.zoom, opacity)
        if take.mirror:
            frame = np.ascontiguousarray(frame[:, ::-1])
        overlay.lay_over(frame)
        row, column = rng.integers(32, size=2)
        noisy = frame + grain[row : row + height, column : column + width]
        yield np.clip(noisy, 0, 255).astype(np.uint8)


def _ground(colours: Colours, take: Take, rng: np.random.Generator) -> Picture:
    """Return the painted ground, larger than the frame by the way of the camera."""
    height, width = take.size_px
    pattern = paint(take.texture, height * 3 // 2, width * 3 // 2, rng)[..., None]
    dark, light = (np.asarray(tone, dtype=np.float32) for tone in (colours.dark, colours.light))
    tint = np.asarray(take.tint, dtype=np.float32) * 255
    painted = dark + (light - dark) * pattern + tint
    return np.clip(painted, 0, 255).astype(np.uint8)


def _window(ground: Picture, take: Take, seconds: float) -> Picture:
    """Return a copy of what the camera sees of the ground."""
    height, width = take.size_px
    room_y, room_x = ground.shape[0] - height, ground.shape[1] - width
    left = int(np.clip(room_x / 2 + take.drift[0] * seconds * width, 0, room_x))
    top = int(np.clip(room_y / 2 + take.drift[1] * seconds * width, 0, room_y))
    return ground[top : top + height, left : left + width].copy()


def _draw(frame: Picture, shape: Shape, place: Pose, colours: Colours, zoom: float, opacity: float) -> None:
    """Draw the object into the frame, in place: only the pixels that it may touch are computed."""
    height, width = frame.shape[:2]
    radius = _RADIUS * width * place.scale * zoom
    middle_x = width / 2 * (1 + place.x * zoom)
    middle_y = height / 2 * (1 + place.y * zoom)
    reach = radius * _REACH
    left, right = max(0, int(middle_x - reach)), min(width, int(middle_x + reach) + 1)
    top, bottom = max(0, int(middle_y - reach)), min(height, int(middle_y + reach) + 1)
    if left >= right or top >= bottom:
        return
    across = (np.arange(left, right) - middle_x) / radius
    down = ((np.arange(top, bottom) - middle_y) / radius)[:, None]
    cosine, sine = np.cos(place.angle), np.sin(place.angle)
    depth = inside(shape, across * cosine + down * sine, down * cosine - across * sine)
    cover = (np.clip(depth * radius + 0.5, 0, 1) * opacity)[..., None]
    core = np.clip((depth - _EDGE) * radius + 0.5, 0, 1)[..., None]
    accent, fill = (np.asarray(tone, dtype=np.float32) for tone in (colours.accent, colours.fill))
    patch = frame[top:bottom, left:right]
    patch[:] = (patch * (1 - cover) + (accent + (fill - accent) * core) * cover).astype(np.uint8)
