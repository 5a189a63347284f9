"""What producers say about videos, with what DECODE makes of it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from streams.wire.envelope import Cause, Id, Message, Revision, Schema, Text, Time

MediaUri = Annotated[str, Meta(min_length=1, max_length=2_048)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]
Scalar = str | int | float | bool | None
AttributeValue = Scalar | list[Scalar] | dict[str, float]
Attributes = Annotated[dict[str, AttributeValue], Meta(max_length=64)]


class VideoPublished(Message, frozen=True, kw_only=True):
    """A video was uploaded, in its first or any later revision.

    Attributes:
        attributes: What the producer knows beside; travels to the index as it is. `classifier_scores` is the name of
            what classifiers said, by label.
    """

    schema_version: Schema
    video_id: Id
    revision: Revision
    media_uri: MediaUri
    caption: Text | None = None
    ocr_text: Text | None = None
    speech_text: Text | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None
    uploader_id: Id | None = None
    published_at: Time | None = None
    content_sha256: Sha256 | None = None
    attributes: Attributes | None = None


class VideoEdited(VideoPublished, frozen=True, kw_only=True):
    """A video was replaced as a whole, under a higher revision."""

    edited_at: Time | None = None


class VideoDeleted(Message, frozen=True, kw_only=True):
    """A video was taken away by its owner or the platform."""

    schema_version: Schema = 1
    video_id: Id
    revision: Revision
    deleted_at: Time | None = None


VideoEvent = VideoPublished | VideoEdited | VideoDeleted


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """The written and spoken words of a post."""

    caption: Text | None = None
    ocr_text: Text | None = None
    speech_text: Text | None = None

    def joined(self) -> str:
        """Return the texts that are present, a line each; empty if there are none."""
        return "\n".join(t.strip() for t in (self.caption, self.ocr_text, self.speech_text) if t and t.strip())


class VideoDecoded(Message, frozen=True, kw_only=True):
    """The samples of one video, as encoders eat them.

    Attributes:
        frames: JPEG pictures in the order of time, longest side at most 224 px; empty without a picture.
        waveform: int16 little-endian mono PCM at 16 kHz, at most 10 s; None without sound.
        source: The video event that it was decoded from.
        event_at: The producer's own time, if given.
        received_at: Kafka's time of the event.
    """

    schema_version: Schema = 1
    video_id: Id
    revision: Revision
    source: Cause
    event_at: Time | None = None
    received_at: Time
    frames: list[bytes] = msgspec.field(default_factory=list)
    waveform: bytes | None = None
    texts: Texts = msgspec.field(default_factory=Texts)
    duration_seconds: float | None = None
    attributes: Attributes | None = None
