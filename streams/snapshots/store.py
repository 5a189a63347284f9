"""The snapshots of one shard: their names, two generations, segments that they share."""

import re
import secrets
from collections.abc import Collection
from typing import Any

from streams.errors import SnapshotRefused
from streams.places import open_place
from streams.shards import ShardIdentity
from streams.snapshots.files import Files
from streams.snapshots.manifest import unseal
from streams.wire.moderation import Applied

MANIFEST = "manifest.json"
# One may turn out damaged, or ahead of what is durable.
GENERATIONS = 2

_SEGMENTS = "segments"
_NAME = re.compile(r"^v(\d{19})-f(\d{19})-[0-9a-f]{16}$")


class SnapshotStore(Files):
    """One folder a snapshot, named by its applied offsets with a random suffix; one a sealed segment, by its id.

    Args:
        uri: As of `open_place`.
        identity: Whose snapshots.
        found: The opened place with the very folder of the shard, where that is known already.
    """

    def __init__(self, uri: str, identity: ShardIdentity, found: tuple[Any, str] | None = None) -> None:
        def opening() -> tuple[Any, str]:
            filesystem, path = open_place(uri)
            return filesystem, f"{path}/{identity.prefix}/shard-{identity.shard:04d}"

        super().__init__(opening if found is None else lambda: found)
        self.identity = identity

    def new_name(self, applied: Applied) -> str:
        """Return a name that no other snapshot has: two owners may write at the same offsets."""
        return f"v{applied.videos:019d}-f{applied.fanout:019d}-{secrets.token_hex(8)}"

    def names(self) -> list[str]:
        """Return the snapshots that have a manifest, highest offsets first.

        Raises:
            OSError: the place cannot be read.
        """
        return [name for name in reversed(self.folders_with(MANIFEST)) if _NAME.match(name)]

    def sweep(self, newest: str, refused: Collection[str], mine: Collection[str] = ()) -> list[str]:
        """Remove what nobody needs: older generations, refused ones, the remains of writes that ended early.

        Nothing above `newest` is removed unless refused: another owner may be writing it. For the same reason no
        segment is removed but those that the removed snapshots named, or `mine`.

        Args:
            newest: The snapshot that the caller has just written.
            refused: Those that cannot serve; not counted as a generation.
            mine: Segments that the caller wrote.

        Returns:
            The names of what was removed.

        Raises:
            OSError: the place cannot be read or written.
        """
        kept = [name for name in self.names() if name <= newest and name not in refused][:GENERATIONS]
        gone = [name for name in self._snapshots() if name in refused or (name < newest and name not in kept)]
        return self._remove(gone, {segment for name in gone for segment in self._named(name)}.union(mine))

    def sweep_orphans(self) -> list[str]:
        """Remove what writes left that ended early, whatever their offsets; only after all former owners are fenced.

        One that still writes finds its files gone, which it takes for a failing place.

        Returns:
            The names of what was removed.

        Raises:
            OSError: the place cannot be read or written.
        """
        whole = set(self.names())
        return self._remove([n for n in self._snapshots() if n not in whole], self.folders(_SEGMENTS))

    def _remove(self, gone: Collection[str], doubtful: Collection[str]) -> list[str]:
        """Remove snapshots, then those of some segments that no other snapshot names; return what is gone."""
        for name in gone:
            self.remove(name)
        named = {segment for name in self.names() for segment in self._named(name)}
        unnamed = [s for s in self.folders(_SEGMENTS) if s in doubtful and s not in named]
        for segment in unnamed:
            self.remove(segment_folder(segment))
        return [*gone, *unnamed]

    def _named(self, name: str) -> Collection[str]:
        """Return the segments that a snapshot names; none if it cannot serve anyway."""
        try:
            return unseal(self.get(name, MANIFEST)).segments
        except SnapshotRefused:
            return ()

    def _snapshots(self) -> list[str]:
        return [name for name in self.folders() if _NAME.match(name)]


def segment_folder(segment: str) -> str:
    """Return the folder of a sealed segment, beside those of snapshots."""
    return f"{_SEGMENTS}/{segment}"
