"""Videos as vectors on their way into the index."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.wire.envelope import Cause, Id, Message, ModalityName, Revision, Schema, Time
from streams.wire.video import Attributes

Vector = NDArray[np.float16]


def pack_vector(vector: NDArray[np.floating]) -> bytes:
    """Return a vector (d,) as float16 little-endian bytes."""
    return np.ascontiguousarray(vector, dtype="<f2").tobytes()


def unpack_vector(data: bytes) -> Vector:
    """Return float16 little-endian bytes as a read-only vector (d,).

    Raises:
        ValueError: the bytes are empty or not a whole number of float16 values.
    """
    if not data or len(data) % 2:
        raise ValueError(f"a packed vector must have an even, positive number of bytes, got {len(data)}")
    return np.frombuffer(data, dtype="<f2").astype(np.float16, copy=False)


class VideoEncoded(Message, frozen=True, kw_only=True):
    """One unit vector a present modality, all of one model.

    Attributes:
        vectors: Packed float16 vectors by modality; at least one.
    """

    schema_version: Schema = 1
    video_id: Id
    revision: Revision
    model_id: Id
    source: Cause
    event_at: Time | None = None
    received_at: Time
    vectors: dict[ModalityName, bytes]
    attributes: Attributes | None = None


class VideoEmbedded(Message, frozen=True, kw_only=True):
    """The fused unit vector of a video beside its modality vectors.

    Attributes:
        fused: Packed float16 vector.
        vectors: Packed float16 vectors by present modality.
    """

    schema_version: Schema = 1
    video_id: Id
    revision: Revision
    model_id: Id
    source: Cause | None = None
    event_at: Time | None = None
    received_at: Time
    fused: bytes
    vectors: dict[ModalityName, bytes] = msgspec.field(default_factory=dict)
    attributes: Attributes | None = None


class VideoRemoved(Message, frozen=True, kw_only=True):
    """A video was deleted: no revision up to this one may be held."""

    schema_version: Schema = 1
    video_id: Id
    revision: Revision
    source: Cause | None = None
    event_at: Time | None = None
    received_at: Time


EmbeddingEvent = VideoEmbedded | VideoRemoved
