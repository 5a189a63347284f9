"""`ebr index`: what the shards of the index wrote down."""

import click

from streams.cli.options import json_option
from streams.cli.output import note, say, say_json, say_table
from streams.errors import SnapshotRefused, UserError
from streams.snapshots.inspection import (
    Found,
    IndexFacts,
    find_snapshots,
    inspect_indexes,
    newest_of_each,
    open_snapshot,
)
from streams.snapshots.manifest import Manifest

_MIB = 1024**2


@click.group()
def index() -> None:
    """Look at the snapshots of shards.

    \b
    Examples:
      ebr index inspect s3://bucket/snapshots
    """


@index.command()
@click.argument("uri")
@click.option("--all", "every", is_flag=True, help="Every snapshot, not only the newest of each shard; default off.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Held vectors of each model that are searched for, exactly too.",
)
@json_option
def inspect(uri: str, every: bool, sample: int, as_json: bool) -> int:
    """Verify snapshots at URI as a restore would; print what they hold, how well it is found again.

    URI is a place as in EBR_INDEX__SNAPSHOT_URI, a folder in it, or a single snapshot. All of a snapshot is read: some
    seconds and some GiB of memory a million videos. Exit code 1 if one is refused, with the reason.

    \b
    Examples:
      ebr index inspect var/worker/ebr-index/snapshots
      ebr index inspect s3://bucket/snapshots/ebr/shard-0003 --all --json
    """
    try:
        found = find_snapshots(uri)
    except ValueError as error:
        raise UserError(f"URI: {error}") from error
    if not found:
        note(f"there is no snapshot at {uri}")
        return 1
    return max(_show(one, sample, as_json=as_json) for one in (found if every else newest_of_each(found)))


def _show(found: Found, sample: int, *, as_json: bool) -> int:
    """Show one snapshot; return 1 if it is refused."""
    manifest: Manifest | None = None
    refused: SnapshotRefused | None = None
    facts: list[IndexFacts] = []
    try:
        store, manifest = open_snapshot(found)
        facts = inspect_indexes(store, found.name, manifest, sample)
    except SnapshotRefused as error:
        refused = error
    if as_json:
        reason = None if refused is None else {"reason": refused.reason, "detail": refused.detail}
        say_json({"path": str(found.path), "refused": reason, "manifest": manifest, "indexes": facts})
    else:
        say(f"{found.path}\n")
        if manifest is not None:
            _say_manifest(manifest)
        for one in facts:
            _say_index(one)
        say("verified\n" if refused is None else f"REFUSED {refused}\n")
    return 0 if refused is None else 1


def _say_manifest(manifest: Manifest) -> None:
    sizes = [e.bytes for entries in (manifest.files, *manifest.segments.values()) for e in entries]
    lines = {
        "of": f"prefix {manifest.prefix}, shard {manifest.shard} of {manifest.shards}",
        "applied": f"video-embeddings {manifest.applied.videos}, trend-fanout {manifest.applied.fanout}",
        "outputs": ", ".join(f"{topic} {offset}" for topic, offset in manifest.outputs.items()) or "-",
        "swept": manifest.swept,
        "counts": ", ".join(f"{name} {count}" for name, count in manifest.counts.items()),
        "size": f"{sum(sizes) / _MIB:.1f} MiB in {len(sizes)} files",
        "written by": ", ".join(f"{name} {version}" for name, version in manifest.libraries.items()),
    }
    say_table(("", ""), lines.items())


def _say_index(facts: IndexFacts) -> None:
    fused, parts, graphs = (b / _MIB for b in (facts.fused_bytes, facts.part_bytes, facts.graph_bytes))
    say(f"model {facts.model_id}: {facts.keys} keys of {facts.dimension} values")
    say(f"  memory: fused {fused:.1f} MiB, modalities {parts:.1f} MiB, graphs about {graphs:.1f} MiB")
    for one in facts.recall:
        say(f"  recall@{one.k} {one.value:.4f} [{one.low:.4f}, {one.high:.4f}] over {one.searches} searches")
    rows = [(s.segment_id or "not sealed", s.rows, s.removed, s.nodes) for s in facts.segments]
    say_table(("segment", "rows", "removed", "nodes of its graph"), rows)
