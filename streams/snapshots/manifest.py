"""The manifest of a snapshot: whose it is, up to where it goes, which files with which digests make it up."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from streams.errors import SnapshotRefused
from streams.shards import ShardIdentity
from streams.wire.envelope import Count, Offset
from streams.wire.moderation import Applied
from streams.wire.topics import Topic

# Raised whenever a reader of before would misread what is written now.
FORMAT = 3

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in the logs a cut was made, beside what the shard itself knows.

    Attributes:
        proven: Next offsets of both inputs that were durable then, by committed output or by commits.
        outputs: Next offset of each output partition, by what the owner itself folded or wrote; what lies from there
            on must be folded over the cut.
    """

    proven: Applied
    outputs: Mapping[Topic, int]


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a snapshot.

    Attributes:
        name: In the folder of the snapshot, without any path.
        bytes: Its size.
        sha256: Of its bytes.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9-]+\.[a-z]+$")]
    bytes: Count
    sha256: Sha256


class PartEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an index.

    Attributes:
        segment: The id under which it lies beside all snapshots; empty if it is not sealed and lies in this one.
        rows: How many it has.
        removed: How many of them do not count any more.
    """

    segment: Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?$")]
    rows: Count
    removed: Count


class IndexEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The index of one model, as in `IndexCut`.

    Attributes:
        number: By which its files are named.
        parts: In the order of `IndexCut`.
    """

    number: Count
    dimension: int
    newest: float
    widths: dict[str, int]
    parts: list[PartEntry]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself.

    Attributes:
        format: `FORMAT` of the code that wrote it.
        prefix: Of the installation.
        shards: P.
        shard: Which of them.
        applied: The next offset of both inputs.
        proven: See `Place`.
        outputs: See `Place`; by short name of the topic.
        swept: Next offset of the fan-out up to which sweeps are complete.
        dimensions: Of the vectors, by model id, then `fused` or modality.
        indexes: By model id.
        parameters: Of the indexes.
        counts: How many there are of what it holds, by name.
        files: All in its own folder but the manifest.
        segments: The files of each sealed segment, which lies in a folder of its id, once for all snapshots.
        libraries: Versions of what wrote it.
    """

    format: int
    prefix: str
    shards: int
    shard: int
    applied: Applied
    proven: Applied
    outputs: dict[Topic, Offset]
    swept: Offset
    dimensions: dict[str, dict[str, int]]
    indexes: dict[str, IndexEntry]
    parameters: dict[str, float | dict[str, float]]
    counts: dict[str, Count]
    files: list[FileEntry]
    segments: dict[str, list[FileEntry]]
    libraries: dict[str, str]

    def entry(self, segment: str, name: str) -> FileEntry:
        """Return the entry of a file of a segment; of the snapshot's own if the segment is empty.

        Raises:
            SnapshotRefused: it is not listed.
        """
        for entry in self.segments.get(segment, []) if segment else self.files:
            if entry.name == name:
                return entry
        raise SnapshotRefused("undecodable", f"the manifest lists no file {name}")


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    sha256: Sha256
    manifest: msgspec.Raw


def seal(manifest: Manifest) -> bytes:
    """Return a manifest as JSON with the digest of its own bytes: a flipped digit would be a lie that decodes."""
    body = msgspec.json.encode(manifest)
    return msgspec.json.encode(_Sealed(sha256=hashlib.sha256(body).hexdigest(), manifest=msgspec.Raw(body)))


def unseal(data: bytes) -> Manifest:
    """Return the manifest in the bytes.

    Raises:
        SnapshotRefused: the bytes are damaged, or of another format.
    """
    try:
        sealed = msgspec.json.decode(data, type=_Sealed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotRefused("manifest_damaged", str(error)) from error
    body = bytes(sealed.manifest)
    if hashlib.sha256(body).hexdigest() != sealed.sha256:
        raise SnapshotRefused("manifest_damaged", "its bytes are not those that its digest was made of")
    try:
        found: Any = msgspec.json.decode(body)
        if found.get("format") != FORMAT:
            raise SnapshotRefused("other_format", f"it has format {found.get('format')}, this code reads {FORMAT}")
        return msgspec.convert(found, Manifest)
    except (msgspec.DecodeError, AttributeError) as error:
        raise SnapshotRefused("manifest_damaged", str(error)) from error


def check_owner(manifest: Manifest, identity: ShardIdentity) -> None:
    """Return if the snapshot is one of this shard.

    Raises:
        SnapshotRefused: it has another prefix, number of shards or shard.
    """
    if manifest.prefix != identity.prefix:
        raise SnapshotRefused("other_prefix", f"it is of prefix {manifest.prefix}, not {identity.prefix}")
    if manifest.shards != identity.shards:
        raise SnapshotRefused("other_shards", f"it is one of {manifest.shards} shards, not of {identity.shards}")
    if manifest.shard != identity.shard:
        raise SnapshotRefused("other_shard", f"it is of shard {manifest.shard}, not {identity.shard}")
