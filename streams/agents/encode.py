"""ENCODE: the samples of a video become one unit vector a modality."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from streams.agents.program import Outcome
from streams.encoding import EncoderSuite, Packed, encode_videos
from streams.errors import BadMessage, PoisonError
from streams.offload import offload
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.embedding import VideoEncoded
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from streams.wire.trace import trace_headers
from streams.wire.video import VideoDecoded


class NamedSuite(EncoderSuite, Protocol):
    """Encoders under the model id that their vectors bear."""

    @property
    def model_id(self) -> str:
        """Vectors of two model ids are never compared."""
        ...


class EncodeProgram:
    """Runs every encoder of a suite, batched over videos.

    Args:
        suite: The encoders that serve.
        batch_videos: Most videos encoded at once.
    """

    role = "encode"
    inputs = (Topic.DECODED_SAMPLES,)
    batch_seconds = 0.05

    def __init__(self, suite: NamedSuite, batch_videos: int) -> None:
        self._suite = suite
        self.batch_records = batch_videos

    async def start(self) -> None:
        """Nothing to build: the suite came built."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Nothing to restore: a video is encoded by itself."""

    async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:  # noqa: ARG002 - of the protocol
        """Encode a batch of videos in a thread."""
        messages = [_decode(record) for record in batch]
        videos = [message for message in messages if isinstance(message, VideoDecoded)]
        answers = iter(await offload(encode_videos, self._suite, videos))
        return [
            Outcome(poison=message)
            if isinstance(message, PoisonError)
            else self._outcome(record, message, next(answers))
            for record, message in zip(batch, messages, strict=True)
        ]

    async def stop(self) -> None:
        """Nothing to close."""

    def _outcome(self, record: Received, video: VideoDecoded, answer: Packed | PoisonError) -> Outcome:
        key = video.video_id.encode()
        fields: dict[str, object] = {"video_id": video.video_id, "revision": video.revision}
        if record.key != key:
            fields["rekeyed"] = True
        if isinstance(answer, PoisonError):
            return Outcome(poison=answer, fields=fields)
        message = VideoEncoded(
            video_id=video.video_id,
            revision=video.revision,
            model_id=self._suite.model_id,
            source=video.source,
            event_at=video.event_at,
            received_at=video.received_at,
            vectors=answer,
            attributes=video.attributes,
        )
        out = Outgoing(
            topic=Topic.MODALITY_EMBEDDINGS,
            key=key,
            value=encode_msgpack(message),
            headers=trace_headers(record.headers),
        )
        return Outcome(records=(out,), fields=fields | {"modalities": sorted(answer)})


def _decode(record: Received) -> VideoDecoded | BadMessage:
    try:
        video: VideoDecoded = decode_msgpack(record.value, VideoDecoded)
    except BadMessage as error:
        return error
    return video
