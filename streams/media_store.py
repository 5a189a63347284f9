"""The decoded samples of seeds, kept because harmful originals are taken down within hours."""

import hashlib
import re
import secrets

from streams.errors import BadMessage
from streams.logs import get_logger
from streams.places import make_folder, open_place, settle
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.video import VideoDecoded

_UNSAFE = re.compile(r"[^a-z0-9_-]+")
_READABLE_CHARACTERS = 40

_log = get_logger("media_store")


class MediaStore:
    """Keeps one `VideoDecoded` a seed at any place that pyarrow opens. Blocks; any thread may call it.

    Args:
        uri: As of `open_place`.

    Raises:
        ValueError: pyarrow knows no such place.
        OSError: the place cannot be opened.
    """

    def __init__(self, uri: str) -> None:
        self._filesystem, self._root = open_place(uri)

    def put(self, trend_id: str, seed_id: str, decoded: VideoDecoded) -> None:
        """Keep the samples of a seed in place of any kept before: a reader finds the old or the new, whole.

        Raises:
            OSError: the place cannot be written.
        """
        path = self._path(trend_id, seed_id)
        folder = path.rpartition("/")[0]
        make_folder(self._filesystem, folder)
        # No id can be taken for it: names made of ids have no dot before their suffix.
        temporary = f"{folder}/.{secrets.token_hex(8)}.tmp"
        with self._filesystem.open_output_stream(temporary) as stream:
            stream.write(encode_msgpack(decoded))
        settle(self._filesystem, temporary)
        self._filesystem.move(temporary, path)

    def get(self, trend_id: str, seed_id: str) -> VideoDecoded | None:
        """Return the samples of a seed; None if none are kept, or what is kept cannot be read any more.

        Raises:
            OSError: the place cannot be read.
        """
        path = self._path(trend_id, seed_id)
        try:
            with self._filesystem.open_input_stream(path) as stream:
                data = stream.read()
        except FileNotFoundError:
            return None
        try:
            found: VideoDecoded = decode_msgpack(data, VideoDecoded)
        except BadMessage as error:
            _log.warning("samples damaged", trend_id=trend_id, seed_id=seed_id, error=str(error))
            return None
        return found

    def _path(self, trend_id: str, seed_id: str) -> str:
        return f"{self._root}/{_name(trend_id)}/{_name(seed_id)}.msgpack"


def _name(key: str) -> str:
    """Return a file name for an id: readable in front, unique by its SHA-256.

    An id may be `..`, hold a colon, differ from another in case only, or be longer than file systems allow encoded.
    """
    readable = _UNSAFE.sub("_", key.lower())[:_READABLE_CHARACTERS]
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
