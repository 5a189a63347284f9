"""A cut into its files: sealed segments once, all else anew, the manifest last."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from functools import partial
from importlib.metadata import version

import pyarrow as pa

from index import CutPart, IndexCut, Open, SegmentParams, write_removed, write_segment
from streams.shards import ShardCut
from streams.snapshots.files import Step, no_step
from streams.snapshots.manifest import FORMAT, FileEntry, IndexEntry, Manifest, PartEntry, Place, seal
from streams.snapshots.rest import write_rest
from streams.snapshots.store import MANIFEST, SnapshotStore, segment_folder
from streams.snapshots.videos import write_videos

VIDEOS, REST = "videos.arrow", "rest.frames"
_LIBRARIES = ("ebr", "hnswlib", "msgspec", "numpy", "pyarrow")

Segments = Mapping[str, list[FileEntry]]


class SnapshotWriter:
    """Writes the snapshots of one shard, one after the other, in a thread beside the event loop.

    Args:
        store: Where they go.
        known: Sealed segments that are there already, verified, with their files.
        params: Of the indexes.
    """

    def __init__(
        self, store: SnapshotStore, known: Segments | None = None, params: SegmentParams | None = None
    ) -> None:
        self._store, self._known = store, dict(known or {})
        self._parameters = asdict(params or SegmentParams())

    def write(self, cut: ShardCut, place: Place, step: Step = no_step) -> str:
        """Write a cut; return its name. Until the last step there is no snapshot, then there is a whole one.

        Args:
            cut: What is written.
            place: Where in the logs it was made.
            step: Told at each piece that is written; what it raises ends the writing.

        Raises:
            OSError: the place cannot be written; what is there already is removed again, if that is possible.
        """
        name = self._store.new_name(cut.applied)
        try:
            manifest = self._write(name, cut, place, step)
            self._store.settle(name)
            self._store.put(name, MANIFEST, lambda sink: sink.write(seal(manifest)), step)
            self._store.settle(name)
            self._look_after(manifest)
        except BaseException as error:
            self._store.discard(name)  # a place that is full must not fill with halves
            if isinstance(error, pa.ArrowException) and not isinstance(error, OSError):
                raise OSError(f"{type(error).__name__}: {error}") from error  # some places say it so
            raise
        return name

    def sweep_orphans(self) -> None:
        """Remove what ended early; see `SnapshotStore.sweep_orphans`."""
        self._forget(self._store.sweep_orphans())

    def sweep(self, newest: str, refused: Collection[str]) -> None:
        """Remove what nobody needs after a snapshot was written; see `SnapshotStore.sweep`."""
        self._forget(self._store.sweep(newest, refused, self._known))

    def _forget(self, gone: Collection[str]) -> None:
        self._known = {segment: files for segment, files in self._known.items() if segment not in gone}

    def _write(self, name: str, cut: ShardCut, place: Place, step: Step) -> Manifest:
        files: list[FileEntry] = []
        indexes: dict[str, IndexEntry] = {}
        for number, (model_id, index) in enumerate(sorted(cut.holdings.indexes.items())):
            indexes[model_id] = self._write_index(name, number, index, files, step)
        files.append(self._store.put(name, VIDEOS, partial(write_videos, videos=cut.holdings.held), step))
        files.append(self._store.put(name, REST, partial(write_rest, cut=cut), step))
        dimensions: dict[str, dict[str, int]] = {}
        for (model_id, vector), dimension in cut.dimensions.items():
            dimensions.setdefault(model_id, {})[vector] = dimension
        identity = self._store.identity
        named = {part.segment for entry in indexes.values() for part in entry.parts if part.segment}
        return Manifest(
            format=FORMAT,
            prefix=identity.prefix,
            shards=identity.shards,
            shard=identity.shard,
            applied=cut.applied,
            proven=place.proven,
            outputs=dict(place.outputs),
            swept=cut.swept,
            dimensions=dimensions,
            indexes=indexes,
            parameters=self._parameters,
            counts=_counts(cut),
            files=files,
            segments={segment: self._known[segment] for segment in sorted(named)},
            libraries={library: version(library) for library in _LIBRARIES},
        )

    def _write_index(self, name: str, number: int, index: IndexCut, files: list[FileEntry], step: Step) -> IndexEntry:
        parts = []
        for place, part in enumerate(index.parts):
            parts.append(
                PartEntry(segment=part.segment.segment_id, rows=len(part.segment.columns), removed=len(part.removed))
            )
            self._write_part(name, part_prefix(number, place), part, files, step)
        return IndexEntry(
            number=number, dimension=index.dimension, newest=index.newest, widths=dict(index.widths), parts=parts
        )

    def _write_part(self, name: str, prefix: str, part: CutPart, files: list[FileEntry], step: Step) -> None:
        segment_id = part.segment.segment_id
        if not segment_id:
            write_segment(part.segment, self._opening(name, prefix, files, step))
        elif segment_id not in self._known:
            entries: list[FileEntry] = []
            try:
                write_segment(part.segment, self._opening(segment_folder(segment_id), "", entries, step))
                self._store.settle(segment_folder(segment_id))
            except BaseException:
                self._store.discard(segment_folder(segment_id))  # it may be merged by the next snapshot: nobody's then
                raise
            self._known[segment_id] = entries
        if len(part.removed):
            files.append(self._store.put(name, f"{prefix}removed.arrow", partial(write_removed, part.removed), step))

    def _opening(self, folder: str, prefix: str, done: list[FileEntry], step: Step) -> Open:
        return lambda file: self._store.writing(folder, f"{prefix}{file}.arrow", done, step)

    def _look_after(self, manifest: Manifest) -> None:
        """Return if all segments of a snapshot are there: a fenced owner may have swept before it could see this one.

        Raises:
            OSError: some are not; they are written again next time.
        """
        gone = [s for s, files in manifest.segments.items() if not self._store.have(segment_folder(s), files)]
        self._forget(gone)
        if gone:
            raise FileNotFoundError(f"segments were removed by somebody: {', '.join(gone)}")


def write_snapshot(store: SnapshotStore, cut: ShardCut, place: Place) -> str:
    """Write a single snapshot; see `SnapshotWriter.write`."""
    return SnapshotWriter(store).write(cut, place)


def part_prefix(number: int, place: int) -> str:
    """Return how the names of the files begin that a snapshot itself has of a part of an index."""
    return f"m{number}-p{place}-"


def _counts(cut: ShardCut) -> dict[str, int]:
    parts = [part for index in cut.holdings.indexes.values() for part in index.parts]
    return {
        "videos": len(cut.holdings.held),
        "vectors": sum(len(part.segment.columns) - len(part.removed) for part in parts),
        "segments": sum(bool(part.segment.segment_id) for part in parts),
        "removed": len(cut.holdings.removed),
        "left": len(cut.holdings.left),
        "trends": len(cut.standing.seeds),
        "seeds": sum(len(seeds) for seeds in cut.standing.seeds.values()),
        "cleared": len(cut.standing.cleared),
        "paused": len(cut.standing.paused_at),
        "actions": len(cut.actions),
        "pending": len(cut.pending),
        "poison": len(cut.poison),
    }
