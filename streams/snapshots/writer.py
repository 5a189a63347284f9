"""A cut into its files, the manifest last."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from streams.shards import ShardCut
from streams.snapshots.blocks import write_block, write_videos
from streams.snapshots.manifest import FORMAT, Manifest, Place, seal
from streams.snapshots.rest import rest_of
from streams.snapshots.store import MANIFEST, SnapshotStore
from streams.wire.codec import encode_msgpack

# Told at each piece of a long write.
Step = Callable[[], None]

VIDEOS, REST = "videos.arrow", "rest.msgpack"
_LIBRARIES = ("ebr", "hnswlib", "msgspec", "numpy", "pyarrow")


def write_snapshot(store: SnapshotStore, cut: ShardCut, place: Place, step: Step = lambda: None) -> str:
    """Write a cut; return its name. Until the last step there is no snapshot, then there is a whole one.

    Takes about a second for 100,000 videos, in a thread beside the event loop.

    Args:
        store: Where it goes.
        cut: What is written.
        place: Where in the logs it was made.
        step: Told at each piece that is written; what it raises ends the writing.

    Raises:
        OSError: the place cannot be written; what is there already is removed again, if that is possible.
    """
    name = store.new_name(cut.applied)
    try:
        _write(name, store, cut, place, step)
    except BaseException:
        store.discard(name)  # a place that is full must not fill with halves
        raise
    return name


def _write(name: str, store: SnapshotStore, cut: ShardCut, place: Place, step: Step) -> None:
    held = cut.holdings.held
    dimensions: dict[str, dict[str, int]] = {}
    for (model_id, vector), dimension in cut.dimensions.items():
        dimensions.setdefault(model_id, {})[vector] = dimension
    models = sorted({model_id for video in held for model_id in video.models})
    blocks = {model_id: f"vectors-{number}.arrow" for number, model_id in enumerate(models)}
    files = [store.put(name, VIDEOS, partial(write_videos, videos=held), step)]
    for model_id, file in blocks.items():
        write = partial(write_block, videos=held, model_id=model_id, dimensions=dimensions[model_id])
        files.append(store.put(name, file, write, step))
    rest = encode_msgpack(rest_of(cut))
    files.append(store.put(name, REST, lambda sink: sink.write(rest), step))
    manifest = Manifest(
        format=FORMAT,
        prefix=store.identity.prefix,
        shards=store.identity.shards,
        shard=store.identity.shard,
        applied=cut.applied,
        proven=place.proven,
        outputs=dict(place.outputs),
        swept=cut.swept,
        dimensions=dimensions,
        blocks=blocks,
        counts=_counts(cut),
        files=files,
        libraries={library: version(library) for library in _LIBRARIES},
    )
    store.put(name, MANIFEST, lambda sink: sink.write(seal(manifest)), step)


def _counts(cut: ShardCut) -> dict[str, int]:
    return {
        "videos": len(cut.holdings.held),
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
