"""DECODE: each video event becomes samples, a removal or a dead letter."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from encoders.media import DecodedMedia
from streams.agents.program import Beat, Outcome
from streams.errors import ClusterError, PoisonError, TransientError
from streams.intake import Intake
from streams.logs import get_logger
from streams.settings import Settings
from streams.wire.codec import decode_json, encode_msgpack
from streams.wire.embedding import VideoRemoved
from streams.wire.envelope import Cause
from streams.wire.record import Outgoing, Received
from streams.wire.topics import BULK_MESSAGE_BYTES, Topic, full_name
from streams.wire.trace import trace_headers
from streams.wire.video import Texts, VideoDecoded, VideoDeleted, VideoEdited, VideoEvent, VideoPublished

# Videos in hand for each decoding process: one is decoded while the next is fetched.
_IN_HAND = 2
# A batch has so many videos for each process: the worst one, all at their deadline of 20 s, ends within a rebalance.
_ROUNDS = 4
_MAX_BATCH = 32
# Kafka counts its own framing and our headers with a record; this leaves them more than enough room.
_FRAMING_BYTES = 64 * 1024
# Attributes pass through to topics of 1 MiB a message, with a revision's vectors beside them.
MAX_ATTRIBUTES_BYTES = 256 * 1024
# The lag is asked for at most so often while it is small, just as often while it is too large: a few hundred videos
# more, at most, are let through.
_LAG_SECONDS = 1.0

_log = get_logger("decode")


class DecodeProgram:
    """Fetches and decodes videos; passes deletions on.

    Args:
        settings: Of this installation.
        intake: From a URI to samples.
        lag: How many decoded videos ENCODE has still before it.
        beat: Told after each video.
    """

    role = "decode"
    inputs: Sequence[Topic] = (Topic.VIDEO_EVENTS,)
    batch_seconds = 0.1

    def __init__(self, *, settings: Settings, intake: Intake, lag: Callable[[], Awaitable[int]], beat: Beat) -> None:
        self._intake, self._lag, self._beat = intake, lag, beat
        self._prefix = settings.kafka.prefix
        self._max_lag = settings.worker.max_decoded_lag
        # A batch that waits holds up a rebalance: after this it goes on, so that the role trickles rather than hangs.
        self._max_wait_seconds = settings.kafka.rebalance_timeout_seconds / 4
        self._in_hand = asyncio.Semaphore(_IN_HAND * settings.media.workers)
        self._lag_asked_at = float("-inf")
        self.batch_records = min(_MAX_BATCH, _ROUNDS * settings.media.workers)

    async def start(self) -> None:
        """Nothing has to be built."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """No state to restore."""

    async def take(
        self,
        topic: Topic,  # noqa: ARG002  # of the protocol; there is one input
        batch: Sequence[Received],
    ) -> Sequence[Outcome]:
        """Decode the videos of a batch side by side.

        Raises:
            TransientError: decoding processes or the cluster are away; nothing was sent.
        """
        await self._wait_for_encode()
        results = await asyncio.gather(*(self._take_one(record) for record in batch), return_exceptions=True)
        outcomes: list[Outcome] = []
        for result in results:
            if isinstance(result, BaseException):  # raised only now that no other video is under way
                raise result
            outcomes.append(result)
        return outcomes

    async def stop(self) -> None:
        """Nothing is open: the decoding processes belong to whoever built them."""

    async def _take_one(self, record: Received) -> Outcome:
        fields: dict[str, object] = {}
        try:
            event: VideoPublished | VideoDeleted = decode_json(record.value, VideoEvent)
            fields |= {"video_id": event.video_id, "revision": event.revision, "type": type(event).__name__}
            if record.key != event.video_id.encode():
                fields["rekeyed"] = True
            if isinstance(event, VideoDeleted):
                return Outcome(records=[self._removal(record, event)], fields=fields)
            async with self._in_hand:
                return await self._decoded(record, event, fields)
        except PoisonError as error:
            return Outcome(poison=error, fields=fields)
        finally:
            self._beat()

    async def _decoded(self, record: Received, event: VideoPublished, fields: dict[str, object]) -> Outcome:
        _check_attributes(event)
        media = await self._intake.decode(event.media_uri, event.content_sha256)
        if not media.frames and not media.waveform:
            raise PoisonError("no_frame_or_sound", "neither a frame nor sound can be read", "$.media_uri")
        value = encode_msgpack(self._samples(record, event, media))
        limit = BULK_MESSAGE_BYTES - _FRAMING_BYTES
        if len(value) > limit:
            raise PoisonError("samples_too_large", f"its samples take {len(value)} bytes, limit {limit}")
        fields = {
            **fields,
            "frames": len(media.frames),
            "sound_seconds": round(len(media.waveform or b"") / 2 / media.rate_hz, 2),
            "sampling": media.sampling,
        }
        return Outcome(records=[_outgoing(Topic.DECODED_SAMPLES, event.video_id, value, record)], fields=fields)

    def _samples(self, record: Received, event: VideoPublished, media: DecodedMedia) -> VideoDecoded:
        edited_at = event.edited_at if isinstance(event, VideoEdited) else None
        return VideoDecoded(
            video_id=event.video_id,
            revision=event.revision,
            source=self._cause(record),
            event_at=edited_at or event.published_at,
            received_at=record.timestamp,
            frames=list(media.frames),
            waveform=media.waveform,
            texts=Texts(caption=event.caption, ocr_text=event.ocr_text, speech_text=event.speech_text),
            duration_seconds=media.duration_seconds,
            attributes=event.attributes,
        )

    def _removal(self, record: Received, event: VideoDeleted) -> Outgoing:
        """Return the removal for the index; that it overtakes the video is harmless, for the index remembers it."""
        removed = VideoRemoved(
            video_id=event.video_id,
            revision=event.revision,
            source=self._cause(record),
            event_at=event.deleted_at,
            received_at=record.timestamp,
        )
        return _outgoing(Topic.VIDEO_EMBEDDINGS, event.video_id, encode_msgpack(removed), record)

    def _cause(self, record: Received) -> Cause:
        return Cause(topic=full_name(self._prefix, record.topic), partition=record.partition, offset=record.offset)

    async def _wait_for_encode(self) -> None:
        """Return once ENCODE has caught up enough, or this batch has waited as long as it may."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._lag_asked_at < _LAG_SECONDS:
            return
        until = loop.time() + self._max_wait_seconds
        told = False
        while (lag := await self._ask_lag()) > self._max_lag and loop.time() < until:
            if not told:
                _log.warning("waiting for encode", lag=lag, limit=self._max_lag)
                told = True
            self._beat()
            await asyncio.sleep(min(_LAG_SECONDS, self._max_wait_seconds))
        # Only a lag that was small enough lets the next batches through unasked.
        self._lag_asked_at = loop.time() if lag <= self._max_lag else float("-inf")
        if told:
            _log.info("decoding again", lag=lag, limit=self._max_lag)

    async def _ask_lag(self) -> int:
        try:
            return await self._lag()
        except ClusterError as error:
            raise TransientError(f"the lag of encode is not known: {error}") from error


def _outgoing(topic: Topic, video_id: str, value: bytes, record: Received) -> Outgoing:
    return Outgoing(topic=topic, key=video_id.encode(), value=value, headers=trace_headers(record.headers))


def _check_attributes(event: VideoPublished) -> None:
    size = len(msgspec.msgpack.encode(event.attributes))
    if size > MAX_ATTRIBUTES_BYTES:
        detail = f"attributes take {size} bytes, limit {MAX_ATTRIBUTES_BYTES}"
        raise PoisonError("attributes_too_large", detail, "$.attributes")
