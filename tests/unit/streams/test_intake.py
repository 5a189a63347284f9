"""From a URI to samples, under one deadline."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from encoders.errors import DecoderUnavailable, MediaError, MediaReason
from encoders.media import DecodedMedia, DecodePool, MediaLimits
from streams.errors import PoisonError, TransientError
from streams.fetch import Deadline, Fetcher
from streams.intake import Intake
from streams.settings import MediaSettings
from tests.support.media import tune, without_index, write_clip
from tests.support.media_server import body, drip_body, in_turn, running_media_server, status

MEDIA = DecodedMedia(frames=(b"jpeg",), waveform=None, duration_seconds=1.0, sampling="key")


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodePool]:
    """Return real decoding processes."""
    with DecodePool(2, MediaLimits(bytes=10**7)) as pool:
        yield pool


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip with frames and sound."""
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", number=1, seconds=0.5, sound=tune(1, 0.5))


@pytest.fixture(scope="module")
def data(clip: Path) -> bytes:
    """Return what the clip's file holds."""
    return clip.read_bytes()


class ScriptedPool:
    """A pool that gives the next of its answers each time it is asked, which costs it `seconds`."""

    def __init__(self, answers: Sequence[DecodedMedia | Exception], seconds: float = 0.0) -> None:
        self.answers, self.seconds = list(answers), seconds
        self.deadlines: list[float | None] = []

    def decode(self, path: str, deadline_seconds: float | None = None) -> DecodedMedia:
        """Give the next answer."""
        self.deadlines.append(deadline_seconds)
        time.sleep(self.seconds)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class SlowFetcher:
    """A fetcher that takes its time, whatever the deadline."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path, self._seconds = path, seconds

    def fetch(self, uri: str, deadline: Deadline) -> AbstractContextManager[Path]:
        """Yield the path after some time."""
        return self._fetch()

    @contextmanager
    def _fetch(self) -> Iterator[Path]:
        time.sleep(self._seconds)
        yield self._path


def local(root: Path) -> Fetcher:
    """Return a fetcher of one folder."""
    return Fetcher(MediaSettings(allowed_roots=[root]))


def web() -> Fetcher:
    """Return a fetcher that may reach loopback."""
    return Fetcher(MediaSettings(allow_private_addresses=True))


async def poison(intake: Intake, uri: str, sha256: str | None = None) -> PoisonError:
    """Return why a URI cannot be decoded."""
    with pytest.raises(PoisonError) as caught:
        await intake.decode(uri, sha256)
    assert caught.value.path == "$.media_uri"
    return caught.value


async def test_a_clip_becomes_samples(pool: DecodePool, clip: Path, data: bytes) -> None:
    """With the right checksum, or none."""
    intake = Intake(local(clip.parent), pool, 20.0)

    media = await intake.decode(clip.as_uri(), hashlib.sha256(data).hexdigest())

    assert media.frames
    assert media.waveform
    assert await intake.decode(clip.as_uri(), None) == media


async def test_a_clip_from_the_web_becomes_the_same_samples(pool: DecodePool, clip: Path, data: bytes) -> None:
    """The source makes no difference; one that is busy at first is asked again."""
    with running_media_server() as server:
        server.answers["/clip"] = in_turn(status(503), body(data))
        media = await Intake(web(), pool, 20.0).decode(server.url("/clip"), None)

    assert media == await Intake(local(clip.parent), pool, 20.0).decode(clip.as_uri(), None)
    assert server.paths == ["/clip", "/clip"]


async def test_other_content_than_promised_is_refused(pool: DecodePool, clip: Path) -> None:
    """What was replaced under its URI is another video."""
    error = await poison(Intake(local(clip.parent), pool, 20.0), clip.as_uri(), "0" * 64)

    assert (error.reason, error.replayable) == ("checksum_mismatch", False)


async def test_the_reason_of_the_decoder_is_the_reason_of_the_dead_letter(
    pool: DecodePool, clip: Path, tmp_path: Path
) -> None:
    """A damaged file costs one video, and says how it is damaged."""
    intake = Intake(local(tmp_path), pool, 20.0)
    truncated = without_index(clip, tmp_path / "truncated.mp4")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_bytes(b"not a video at all " * 100)

    assert (await poison(intake, truncated.as_uri())).reason == "truncated"
    assert (await poison(intake, (tmp_path / "empty.mp4").as_uri())).reason == "empty"
    assert (await poison(intake, (tmp_path / "text.mp4").as_uri())).reason == "not_media"


async def test_a_source_that_stays_away_is_replayable(pool: DecodePool) -> None:
    """It is asked again within the deadline, never beyond it."""
    with running_media_server() as server:
        server.answers["/clip"] = status(503)
        error = await poison(Intake(web(), pool, 1.2), server.url("/clip"))

    assert (error.reason, error.replayable) == ("source_unreachable", True)
    assert len(server.paths) > 1


async def test_a_source_that_is_not_there_is_asked_once(pool: DecodePool) -> None:
    """Nothing is won by asking again at once."""
    with running_media_server() as server:
        error = await poison(Intake(web(), pool, 5.0), server.url("/none"))

    assert error.reason == "source_not_found"
    assert server.paths == ["/none"]


async def test_fetching_and_decoding_share_one_deadline(clip: Path) -> None:
    """A slow source leaves less time to decode; one too slow leaves none."""
    scripted = ScriptedPool([MEDIA])

    await Intake(SlowFetcher(clip, 0.2), scripted, 1.0).decode("file:", None)
    error = await poison(Intake(SlowFetcher(clip, 0.2), scripted, 0.1), "file:")

    assert len(scripted.deadlines) == 1
    assert (scripted.deadlines[0] or 0) <= 0.8
    assert (error.reason, error.replayable) == ("source_timeout", True)


async def test_a_dripping_source_ends_at_the_deadline(pool: DecodePool) -> None:
    """The deadline of the video is the deadline of its fetch."""
    with running_media_server() as server:
        server.answers["/clip"] = drip_body(3.0)
        assert (await poison(Intake(web(), pool, 0.4), server.url("/clip"))).reason == "source_timeout"


async def test_a_fallen_process_is_tried_once_more(clip: Path) -> None:
    """It may have been the machine; a second fall is the file's."""
    crashed = MediaError(MediaReason.DECODER_CRASHED, "signal 11")
    intake = Intake(local(clip.parent), ScriptedPool([crashed, MEDIA, crashed, crashed]), 5.0)

    assert await intake.decode(clip.as_uri(), None) == MEDIA
    error = await poison(intake, clip.as_uri())

    assert (error.reason, error.detail, error.replayable) == ("decoder_crashed", "signal 11", True)


async def test_a_pool_without_processes_is_no_fault_of_the_video(clip: Path) -> None:
    """The stage then tries the batch again, and makes no dead letter."""
    away = DecoderUnavailable("no memory for a process")
    intake = Intake(local(clip.parent), ScriptedPool([away, MEDIA, away, away]), 5.0)

    assert await intake.decode(clip.as_uri(), None) == MEDIA
    with pytest.raises(TransientError):
        await intake.decode(clip.as_uri(), None)


@pytest.mark.parametrize("reason", list(MediaReason))
async def test_every_reason_of_the_decoder_passes(clip: Path, reason: MediaReason) -> None:
    """Those that may be the machine's fault are replayable."""
    intake = Intake(local(clip.parent), ScriptedPool([MediaError(reason)] * 2), 5.0)

    error = await poison(intake, clip.as_uri())

    assert error.reason == reason.value
    assert error.replayable == (reason.value in {"decode_timeout", "decoder_crashed", "out_of_memory", "unreadable"})
