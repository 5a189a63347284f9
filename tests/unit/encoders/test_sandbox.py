"""Tests of the pool of decoding processes against files and fates that kill."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from encoders.errors import DecoderUnavailable, MediaError
from encoders.media import DecodePool, MediaLimits, decode_media, sandbox
from tests.support.media import tune, without_index, write_bomb, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A whole clip."""
    return str(write_clip(tmp_path_factory.mktemp("media") / "a.mp4", seconds=1, sound=tune(1)))


@pytest.fixture
def pool() -> Iterator[DecodePool]:
    """A pool of one process."""
    with DecodePool(1) as pool:
        yield pool


def test_the_pool_gives_what_the_process_itself_would(pool: DecodePool, clip: str) -> None:
    """The way through the pipe changes nothing."""
    assert pool.decode(clip, 30.0) == decode_media(clip)


def test_a_relative_path_is_of_the_caller(pool: DecodePool, clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process lives in another folder."""
    monkeypatch.chdir(Path(clip).parent)

    assert pool.decode("a.mp4", 30.0).frames


def test_a_refusal_keeps_its_reason_and_its_process(pool: DecodePool, clip: str, tmp_path: Path) -> None:
    """A bad file that harmed nothing needs no new process."""
    cut = without_index(Path(clip), tmp_path / "cut.mp4")
    pids = pool.pids

    with pytest.raises(MediaError) as caught:
        pool.decode(str(cut), 30.0)

    assert caught.value.reason == "truncated"
    assert pool.pids == pids


def test_a_process_that_hangs_is_killed_at_the_deadline_and_replaced(pool: DecodePool, clip: str) -> None:
    """A stopped process answers to nothing but SIGKILL, like one in a loop that never yields."""
    pool.decode(clip, 30.0)
    (hung,) = pool.pids
    os.kill(hung, signal.SIGSTOP)

    with pytest.raises(MediaError) as caught:
        pool.decode(clip, 0.2)

    assert caught.value.reason == "decode_timeout"
    assert not Path(f"/proc/{hung}").exists()
    assert pool.decode(clip, 30.0).frames
    assert hung not in pool.pids


def test_a_decode_longer_than_its_deadline_is_stopped(pool: DecodePool, clip: str) -> None:
    """A real decode that takes longer than it may."""
    pool.decode(clip, 30.0)

    with pytest.raises(MediaError) as caught:
        pool.decode(clip, 1e-4)

    assert caught.value.reason == "decode_timeout"


def killed_at_work(pool: DecodePool, clip: str, *signals: signal.Signals) -> MediaError:
    """Stop the only process, give it a second file, signal it once it is at work; return what became."""
    pool.decode(clip, 30.0)
    (pid,) = pool.pids
    (keeper,) = pool._keepers
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(pool.decode, clip, 30.0)
        while keeper.decodes < 2:
            time.sleep(0.001)
        for number in signals:
            os.kill(pid, number)
        error = future.exception(30.0)
    assert isinstance(error, MediaError)
    return error


def test_a_process_that_dies_under_a_file_costs_only_that_file(pool: DecodePool, clip: str) -> None:
    """A crash in a decoder is told from a refusal; the next file finds a new process."""
    error = killed_at_work(pool, clip, signal.SIGKILL)

    assert error.reason == "decoder_crashed"
    assert "-9" in error.detail
    assert pool.decode(clip, 30.0).frames


@pytest.mark.parametrize("clock", [signal.SIGALRM, signal.SIGXCPU])
def test_the_kernels_clocks_end_a_process_without_its_keeper(
    pool: DecodePool, clip: str, clock: signal.Signals
) -> None:
    """Both signals are the end of an orphan; a keeper that lives sees a timeout."""
    error = killed_at_work(pool, clip, clock, signal.SIGCONT)

    assert error.reason == "decode_timeout"


def test_a_process_that_died_idle_costs_no_file(pool: DecodePool, clip: str) -> None:
    """Nobody is blamed for what happened between two files."""
    pool.decode(clip, 30.0)
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert pool.decode(clip, 30.0).frames


def test_as_many_files_at_once_as_there_are_processes(clip: str) -> None:
    """Both processes must be under way at the same time: each waits for the other to be stopped."""
    with DecodePool(2) as pool, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: pool.decode(clip, 30.0), range(12)))
        assert len(pool.pids) == 2
        for pid in pool.pids:
            os.kill(pid, signal.SIGSTOP)

        late = [threads.submit(pool.decode, clip, 0.5) for _ in range(2)]

        assert all(isinstance(future.exception(), MediaError) for future in late)
        assert pool.decode(clip, 30.0).frames


def test_the_process_has_no_torch_no_secret_no_way_to_write(
    pool: DecodePool, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a hostile file could reach: light libraries, an empty environment, pipes."""
    monkeypatch.setenv("EBR_SECRET", "hush")
    with Path(clip).open("rb"), DecodePool(1) as late:
        late.decode(clip, 30.0)
        home = Path(f"/proc/{late.pids[0]}")
        maps = (home / "maps").read_text()
        environment = (home / "environ").read_bytes()
        limits = {line[:26].strip(): line[26:].split()[:2] for line in (home / "limits").read_text().splitlines()}
        targets = [str(link.readlink()) for link in (home / "fd").iterdir()]

    assert "avcodec" in maps
    assert not [name for name in ("torch", "librdkafka", "hnswlib", "transformers") if name in maps]
    assert b"EBR_SECRET" not in environment
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max address space"] == [str(MediaLimits().memory_bytes)] * 2
    assert clip not in targets
    assert len(targets) <= 6


def test_a_bomb_costs_one_process(clip: str, tmp_path: Path) -> None:
    """One MiB that unfolds to a hundred, in a small address space; the pool lives on."""
    bomb = write_bomb(tmp_path / "bomb.mkv")
    with DecodePool(1, MediaLimits(memory_bytes=300 << 20, pixels=10**9)) as pool:
        pool.decode(clip, 30.0)
        pids = pool.pids
        with pytest.raises(MediaError) as caught:
            pool.decode(str(bomb), 30.0)

        assert caught.value.reason == "out_of_memory"
        assert pool.decode(clip, 30.0).frames
        assert pool.pids != pids


def test_a_bomb_is_refused_by_its_claim(pool: DecodePool, tmp_path: Path) -> None:
    """With the usual limits it is not even unfolded."""
    with pytest.raises(MediaError) as caught:
        pool.decode(str(write_bomb(tmp_path / "bomb.mkv")), 30.0)

    assert caught.value.reason == "too_many_pixels"


def test_a_pool_that_cannot_start_blames_no_file(clip: str) -> None:
    """Without a Python there is no verdict about a file, and the next call tries again."""
    with DecodePool(1, MediaLimits(memory_bytes=1 << 20)) as pool:
        for _ in range(2):
            with pytest.raises(DecoderUnavailable):
                pool.decode(clip, 30.0)


def test_an_old_process_is_replaced(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaks in a library does not grow old."""
    monkeypatch.setattr(sandbox, "RECYCLE_DECODES", 2)
    with DecodePool(1) as pool:
        first = pool.pids
        pool.decode(clip, 30.0)
        assert pool.pids == first
        pool.decode(clip, 30.0)

        assert pool.pids != first
        assert pool.decode(clip, 30.0).frames


def test_closing_ends_every_process_and_every_call(clip: str) -> None:
    """A call under way fails; a call after fails; nothing is left behind."""
    pool = DecodePool(1)
    pool.decode(clip, 30.0)
    (pid,) = pool.pids
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(2) as threads:
        under_way, waiting = (threads.submit(pool.decode, clip, 30.0) for _ in range(2))
        pool.close()

        assert isinstance(under_way.exception(30), MediaError | DecoderUnavailable)
        assert isinstance(waiting.exception(30), MediaError | DecoderUnavailable)
    pool.close()
    with pytest.raises(DecoderUnavailable, match="closed"):
        pool.decode(clip, 30.0)
    assert pool.pids == ()
    assert not Path(f"/proc/{pid}").exists()


def test_a_pool_has_at_least_one_process() -> None:
    """Zero would wait for ever."""
    with pytest.raises(ValueError, match="workers"):
        DecodePool(0)
