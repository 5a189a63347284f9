"""What a backtest reads of the topics about one video."""

from collections.abc import AsyncGenerator, Sequence
from types import SimpleNamespace

import pytest

from streams.backtest import reading
from streams.settings import Settings
from streams.wire.codec import encode_msgpack
from streams.wire.embedding import EmbeddingEvent
from tests.support.shard_messages import MODEL, embedded, removed


async def _found(monkeypatch: pytest.MonkeyPatch, *events: EmbeddingEvent, revision: int | None = None) -> int | None:
    """Return the revision that is found of v1 in a log, None where there is none."""

    async def log(*_: object) -> AsyncGenerator[SimpleNamespace, None]:
        for event in events:
            yield SimpleNamespace(key=event.video_id.encode(), value=encode_msgpack(event))

    monkeypatch.setattr(reading, "read_partition", log)
    video = await reading.find_video(Settings(), "v1", MODEL, revision)
    return None if video is None else video.revision


@pytest.mark.parametrize(
    ("events", "revision", "found"),
    [
        ([embedded("v1", 1, 0), embedded("v2", 9, 1), embedded("v1", 2, 1)], None, 2),
        ([embedded("v1", 1, 0), embedded("v1", 2, 1)], 1, 1),
        ([embedded("v1", 2, 0), embedded("v1", 3, 1, model="other")], None, 2),
        ([embedded("v1", 1, 0), removed("v1", 1)], None, None),
        ([removed("v1", 2), embedded("v1", 1, 0), embedded("v1", 2, 0)], None, None),
        ([removed("v1", 2), embedded("v1", 3, 0)], None, 3),
    ],
)
async def test_a_deleted_video_is_not_found_whatever_overtook_what(
    monkeypatch: pytest.MonkeyPatch, events: Sequence[EmbeddingEvent], revision: int | None, found: int | None
) -> None:
    """DECODE writes a delete straight to the log, where it may stand before what it deletes."""
    assert await _found(monkeypatch, *events, revision=revision) == found
