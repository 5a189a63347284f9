"""A cut into its files, the manifest last."""

from functools import partial
from importlib.metadata import version

from streams.shards import ShardCut
from streams.snapshots.blocks import write_block, write_videos
from streams.snapshots.manifest import FORMAT, Manifest, Place, seal
from streams.snapshots.rest import rest_of
from streams.snapshots.store import MANIFEST, SnapshotStore
from streams.wire.codec import encode_msgpack

VIDEOS, REST = "videos.arrow", "rest.msgpack"
_LIBRARIES = ("ebr", "hnswlib", "msgspec", "numpy", "pyarrow")


def write_snapshot(store: SnapshotStore, cut: ShardCut, place: Place) -> str:
    """Write a cut; return its name. Until the last step there is no snapshot, then there is a whole one.

    Takes about a second for 100,000 videos, in a thread beside the event loop.

    Raises:
        OSError: the place cannot be written; what is there already stays for the next sweep.
    """
    name, held = store.new_name(cut.applied), cut.holdings.held
    dimensions: dict[str, dict[str, int]] = {}
    for (model_id, vector), dimension in cut.dimensions.items():
        dimensions.setdefault(model_id, {})[vector] = dimension
    models = sorted({model_id for video in held for model_id in video.models})
    blocks = {model_id: f"vectors-{number}.arrow" for number, model_id in enumerate(models)}
    files = [store.put(name, VIDEOS, partial(write_videos, videos=held))]
    for model_id, file in blocks.items():
        write = partial(write_block, videos=held, model_id=model_id, dimensions=dimensions[model_id])
        files.append(store.put(name, file, write))
    rest = encode_msgpack(rest_of(cut))
    files.append(store.put(name, REST, lambda sink: sink.write(rest)))
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
    store.put(name, MANIFEST, lambda sink: sink.write(seal(manifest)))
    return name


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
