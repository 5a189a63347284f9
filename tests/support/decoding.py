"""The program of DECODE as tests give it work."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from encoders.media import DecodedMedia
from streams.agents.decode import DecodeProgram
from streams.agents.program import Outcome
from streams.fetch import Fetcher
from streams.intake import Decodes, Intake
from streams.settings import KafkaSettings, MediaSettings, Settings, WorkerSettings
from streams.wire.codec import encode_json
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.video import VideoDeleted, VideoPublished

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)


async def no_lag() -> int:
    """Say that ENCODE has nothing before it."""
    return 0


def make_program(
    clips: Path,
    pool: Decodes,
    lag: Callable[[], Awaitable[int]] = no_lag,
    beat: Callable[[], None] = lambda: None,
    rebalance_timeout_seconds: float = 120.0,
) -> DecodeProgram:
    """Return the program over a folder."""
    media = MediaSettings(allowed_roots=[clips], workers=2)
    settings = Settings(
        kafka=KafkaSettings(prefix="t", rebalance_timeout_seconds=rebalance_timeout_seconds),
        media=media,
        worker=WorkerSettings(max_decoded_lag=10),
    )
    return DecodeProgram(settings=settings, intake=Intake(Fetcher(media), pool, 10.0), lag=lag, beat=beat)


def record(event: VideoPublished | VideoDeleted | bytes | None, offset: int = 0, key: bytes | None = b"v") -> Received:
    """Return an event as it comes from the topic."""
    value = event if isinstance(event, bytes | None) else encode_json(event)
    headers = (("traceparent", b"00-1-1-01"), ("other", b"x"))
    return Received(
        topic=Topic.VIDEO_EVENTS, partition=3, offset=offset, key=key, value=value, headers=headers, timestamp=NOW
    )


def published(clips: Path, name: str = "both.mp4", video_id: str = "v") -> VideoPublished:
    """Return the event of a clip."""
    return VideoPublished(
        schema_version=1,
        video_id=video_id,
        revision=2,
        media_uri=(clips / name).as_uri(),
        caption="caption",
        speech_text="speech",
        published_at=EARLIER,
        attributes={"country": "nl"},
    )


async def take(program: DecodeProgram, *records: Received) -> list[Outcome]:
    """Return what becomes of records."""
    return list(await program.take(Topic.VIDEO_EVENTS, records))


def reason(outcome: Outcome) -> str | None:
    """Return the reason of a dead letter, if it is one."""
    assert not (outcome.poison and outcome.records)
    return None if outcome.poison is None else outcome.poison.reason


class FixedPool:
    """A pool that makes the same of every file."""

    def __init__(self, *frames: bytes, error: Exception | None = None) -> None:
        self._frames, self._error = frames, error

    def decode(self, path: str, deadline_seconds: float | None = None) -> DecodedMedia:
        """Return the frames, or raise the error."""
        if self._error is not None:
            raise self._error
        return DecodedMedia(frames=self._frames, waveform=None, duration_seconds=None, sampling="key")
