"""The files that look like posts but hold no frame and no sound."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np


class Damage(StrEnum):
    """What is wrong with a damaged post."""

    EMPTY = "empty"
    TEXT = "text"
    NO_INDEX = "no_index"
    GARBAGE = "garbage"


_BOX_HEAD_BYTES = 8
# A first box as every MP4 has one: 24 bytes, brand isom.
_FTYP = (24).to_bytes(4, "big") + b"ftypisom" + (512).to_bytes(4, "big") + b"isommp41"
_GARBAGE_BYTES = 20_000
_TEXT = b"404 Not Found: the upload has expired, please try again in a few minutes.\n" * 40


def spoil(damage: Damage, clip: bytes, rng: np.random.Generator) -> bytes:
    """Return the bytes of a damaged post.

    Args:
        damage: What is wrong with it.
        clip: A whole MP4 file whose `moov` box stands after its `mdat`; only `NO_INDEX` uses it.
        rng: Where the garbage comes from.

    Returns:
        Bytes that no decoder can turn into a frame or a sound.

    Raises:
        ValueError: The clip has no `mdat` box before its `moov`, so a cut would leave it playable.
    """
    return _WAYS[damage](clip, rng)


def _empty(_clip: bytes, _rng: np.random.Generator) -> bytes:
    return b""


def _text(_clip: bytes, _rng: np.random.Generator) -> bytes:
    return _TEXT


def _no_index(clip: bytes, _rng: np.random.Generator) -> bytes:
    """Return the clip cut in the middle of its data, as a broken upload leaves it: the index is lost."""
    place = 0
    while place + _BOX_HEAD_BYTES <= len(clip):
        size, kind = int.from_bytes(clip[place : place + 4], "big"), clip[place + 4 : place + 8]
        if kind == b"mdat":
            return clip[: place + size // 2]
        if kind == b"moov" or size < _BOX_HEAD_BYTES:
            break
        place += size
    raise ValueError("the clip has no data box before its index")


def _garbage(_clip: bytes, rng: np.random.Generator) -> bytes:
    """Return a valid first box, then noise whose top bit is set: every box size in it is far beyond the end."""
    noise = rng.integers(128, 256, _GARBAGE_BYTES, dtype=np.uint8)
    return _FTYP + noise.tobytes()


_WAYS: dict[Damage, Callable[[bytes, np.random.Generator], bytes]] = {
    Damage.EMPTY: _empty,
    Damage.TEXT: _text,
    Damage.NO_INDEX: _no_index,
    Damage.GARBAGE: _garbage,
}
