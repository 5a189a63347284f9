"""The frames of a post: an object that moves over a textured ground, under a slogan."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.looks import Look, look_of
from encoders.corpus.motions import Pose, pose
from encoders.corpus.overlay import slogan_overlay
from encoders.corpus.palettes import Colours
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
# Size of the mark on an object, in radii of the object.
_MARK = 0.55
# Factor on the size of each object when one, two or three of them move.
_CROWD = (1.0, 0.8, 0.68)

Picture = NDArray[np.uint8]


def render(programme: Programme, take: Take) -> Iterator[Picture]:
    """Draw the frames of a post, one after the other.

    Args:
        programme: Shape, motion, palette and slogan are taken from it.
        take: How it was filmed.

    Yields:
        uint8 (h, w, 3) RGB, a new array each time, `round(seconds * frame_rate)` of them.
    """
    yield from film(look_of(programme), take, range(round(take.seconds * take.frame_rate)))


def film(look: Look, take: Take, numbers: Sequence[int]) -> Iterator[Picture]:
    """Draw chosen frames of a scene, one after the other.

    Args:
        look: What is seen.
        take: How it was filmed.
        numbers: Which frames, counted from 0 at `take.frame_rate`.

    Yields:
        uint8 (h, w, 3) RGB, a new array each time, one a number.
    """
    rng = np.random.default_rng((take.chance, 1))
    height, width = take.size_px
    ground = _ground(look.colours, take, rng)
    grain = np.round(rng.normal(0.0, take.grain, (height + 32, width + 32, 1))).astype(np.int16)
    overlay = slogan_overlay(look.slogan, look.colours, take.size_px, take.slogan_place)
    for number in numbers:
        seconds = number / take.frame_rate
        frame = _window(ground, take, seconds)
        for back, opacity in (*_TRAIL, (0.0, 1.0)):
            cycle = take.phase + (seconds - back) * take.speed * _CYCLES_A_SECOND
            for place in _places(look, cycle):
                _draw(frame, look, place, take.zoom, opacity)
        if take.mirror:
            frame = np.ascontiguousarray(frame[:, ::-1])
        overlay.lay_over(frame)
        row, column = rng.integers(32, size=2)
        noisy = frame + grain[row : row + height, column : column + width]
        yield np.clip(noisy, 0, 255).astype(np.uint8)


def _places(look: Look, cycle: float) -> list[Pose]:
    """Return where each object is; several are evenly apart in their cycle, and smaller."""
    size = _CROWD[look.company - 1]
    poses = [pose(look.motion, cycle + place / look.company) for place in range(look.company)]
    return [Pose(one.x, one.y, one.scale * size, one.angle) for one in poses]


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


def _draw(frame: Picture, look: Look, place: Pose, zoom: float, opacity: float) -> None:
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
    u, v = across * cosine + down * sine, down * cosine - across * sine
    depth = inside(look.shape, u, v)
    cover = (np.clip(depth * radius + 0.5, 0, 1) * opacity)[..., None]
    core = np.clip((depth - _EDGE) * radius + 0.5, 0, 1)[..., None]
    accent, fill = (np.asarray(tone, dtype=np.float32) for tone in (look.colours.accent, look.colours.fill))
    patch = frame[top:bottom, left:right]
    patch[:] = (patch * (1 - cover) + (accent + (fill - accent) * core) * cover).astype(np.uint8)
    if look.mark is not None:
        stamp = (np.clip(inside(look.mark, u / _MARK, v / _MARK) * radius * _MARK + 0.5, 0, 1) * opacity)[..., None]
        patch[:] = (patch * (1 - stamp) + accent * stamp).astype(np.uint8)
