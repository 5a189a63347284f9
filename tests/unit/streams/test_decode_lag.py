"""DECODE does not run far ahead of ENCODE."""

import asyncio
from pathlib import Path

import pytest

from streams.errors import ClusterError, TransientError
from tests.support.decoding import FixedPool, make_program, published, record, take


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Return a folder of one file; what is in it does not matter here."""
    (tmp_path / "both.mp4").touch()
    return tmp_path


async def test_decoding_waits_while_encode_lags(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples are the largest messages of all: they must not pile up. The watchdog hears that it waits on purpose."""
    monkeypatch.setattr("streams.agents.decode._LAG_SECONDS", 0.01)
    lags, beats = [25, 11, 10], []

    async def lag() -> int:
        return lags.pop(0)

    program = make_program(clips, FixedPool(b"jpeg"), lag=lag, beat=lambda: beats.append(len(lags)))

    (outcome,) = await take(program, record(published(clips)))

    assert outcome.records
    assert lags == []
    assert beats == [2, 1, 0]  # twice while waiting, then the video


async def test_waiting_is_bounded(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that waits for ever would hold up a rebalance: the role trickles on instead."""
    monkeypatch.setattr("streams.agents.decode._LAG_SECONDS", 0.02)
    asked: list[int] = []

    async def lag() -> int:
        asked.append(1)
        return 1_000

    program = make_program(clips, FixedPool(b"jpeg"), lag=lag, rebalance_timeout_seconds=5.0)
    monkeypatch.setattr(program, "_max_wait_seconds", 0.1)

    first = await asyncio.wait_for(take(program, record(published(clips))), 5)
    before = len(asked)
    second = await asyncio.wait_for(take(program, record(published(clips))), 5)

    assert first[0].records
    assert second[0].records
    assert len(asked) > before > 1  # while the lag is too large, every batch waits


async def test_a_small_lag_is_not_asked_for_again_at_once(clips: Path) -> None:
    """A question costs a connection, so a second's batches share an answer."""
    asked: list[int] = []

    async def lag() -> int:
        asked.append(1)
        return 0

    program = make_program(clips, FixedPool(b"jpeg"), lag=lag)
    for _ in range(3):
        await take(program, record(b"{"))

    assert len(asked) == 1


async def test_a_lag_that_cannot_be_asked_for_is_transient(clips: Path) -> None:
    """The cluster being away is no reason to decode without bound."""

    async def lag() -> int:
        raise ClusterError("away")

    with pytest.raises(TransientError):
        await take(make_program(clips, FixedPool(b"jpeg"), lag=lag), record(b"{"))
