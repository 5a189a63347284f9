"""FUSE: the modality vectors of a video become one unit vector beside them."""

from collections.abc import Mapping, Sequence

from encoders.protocol import Fusion
from streams.agents.program import Outcome
from streams.encoding import fuse_vectors
from streams.errors import PoisonError
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.embedding import VideoEmbedded, VideoEncoded
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from streams.wire.trace import trace_headers


class FuseProgram:
    """Fuses what ENCODE sends; stateless, so that fusion can be replayed without encoding again.

    Args:
        fusion: Takes the vectors of one suite.
        model_id: Of that suite; vectors of another are refused, replayable under the other suite.
    """

    role = "fuse"
    inputs = (Topic.MODALITY_EMBEDDINGS,)
    batch_records = 64
    batch_seconds = 0.05

    def __init__(self, fusion: Fusion, model_id: str) -> None:
        self._fusion, self._model_id = fusion, model_id

    async def start(self) -> None:
        """Nothing to build: the fusion came built."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Nothing to restore: a video is fused by itself."""

    async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:  # noqa: ARG002 - of the protocol
        """Fuse a batch of videos; some 0.1 ms each, so without a thread."""
        return [self._outcome(record) for record in batch]

    async def stop(self) -> None:
        """Nothing to close."""

    def _outcome(self, record: Received) -> Outcome:
        fields: dict[str, object] = {}
        try:
            video = decode_msgpack(record.value, VideoEncoded)
            fields |= {"video_id": video.video_id, "revision": video.revision}
            if record.key != video.video_id.encode():
                fields["rekeyed"] = True
            message = self._fuse(video)
        except PoisonError as error:
            return Outcome(poison=error, fields=fields)
        out = Outgoing(
            topic=Topic.VIDEO_EMBEDDINGS,
            key=video.video_id.encode(),
            value=encode_msgpack(message),
            headers=trace_headers(record.headers),
        )
        return Outcome(records=(out,), fields=fields)

    def _fuse(self, video: VideoEncoded) -> VideoEmbedded:
        if video.model_id != self._model_id:
            detail = f"this worker fuses vectors of {self._model_id}, not of {video.model_id}"
            raise PoisonError("other_model", detail, "$.model_id", replayable=True)
        return VideoEmbedded(
            video_id=video.video_id,
            revision=video.revision,
            model_id=video.model_id,
            source=video.source,
            event_at=video.event_at,
            received_at=video.received_at,
            fused=fuse_vectors(self._fusion, video.vectors),
            vectors=video.vectors,
            attributes=video.attributes,
        )
