"""Pictures of held videos, out of the media that their events name; what is gone is said."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import TypeVar

from encoders.errors import MediaError
from encoders.media import DecodePool, frames_from_jpeg
from streams.client import log_ranges, partition_for, read_partition
from streams.errors import PoisonError
from streams.fetch import Deadline, Fetcher
from streams.preview.picture import Picture
from streams.settings import MediaSettings, Settings
from streams.wire.codec import decode_json, readable
from streams.wire.topics import Topic
from streams.wire.video import VideoDeleted, VideoEvent

K = TypeVar("K")

# Two cores decode some twenty posts in seconds.
PROCESSES = 2


async def media_of(settings: Settings, video_ids: Collection[str]) -> dict[str, str | None]:
    """Return where the media of videos lie, by the newest revision that `video-events` still has; None if deleted.

    Events are kept for days, vectors for weeks: a video that is not in the answer may be held all the same.

    Args:
        settings: Of this installation.
        video_ids: Whose.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such topic.
    """
    wanted = {video_id.encode(): video_id for video_id in video_ids}
    ranges = await log_ranges(settings, Topic.VIDEO_EVENTS)
    newest = dict[str, tuple[int, str | None]]()
    for partition in sorted({partition_for(key, len(ranges)) for key in wanted}):
        first, end = ranges[partition]
        if first == end:
            continue
        records = read_partition(settings, Topic.VIDEO_EVENTS, partition, start=first, end=end)
        async with aclosing(records):
            async for record in records:
                if record.key not in wanted:
                    continue
                event = readable(decode_json, record.value, VideoEvent)
                if event is not None and event.revision >= newest.get(event.video_id, (0, None))[0]:
                    uri = None if isinstance(event, VideoDeleted) else event.media_uri
                    newest[event.video_id] = (event.revision, uri)
    return {video_id: uri for video_id, (_, uri) in newest.items()}


def pictures_of(
    media: MediaSettings, pool: DecodePool, uris: Mapping[K, str], advance: Callable[[int], None]
) -> dict[K, Picture | str]:
    """Return the picture in the middle of each medium, or in words why there is none.

    Args:
        media: What may be fetched, within which limits.
        pool: Decodes.
        uris: Where they lie, by any name.
        advance: Told of each that is done.
    """
    fetcher = Fetcher(media)

    def picture(uri: str) -> Picture | str:
        found = _picture(fetcher, pool, uri, media.deadline_seconds)
        advance(1)
        return found

    with ThreadPoolExecutor(PROCESSES) as threads:
        return dict(zip(uris, threads.map(picture, uris.values()), strict=True))


def _picture(fetcher: Fetcher, pool: DecodePool, uri: str, seconds: float) -> Picture | str:
    try:
        with fetcher.fetch(uri, Deadline.after(seconds)) as path:
            jpegs = pool.decode(str(path), seconds).frames
        return frames_from_jpeg(jpegs[len(jpegs) // 2 :][:1]).images[0] if jpegs else "no picture in it"
    except PoisonError as error:
        return f"gone: {error.reason}"
    except MediaError as error:
        return f"gone: {error}"
