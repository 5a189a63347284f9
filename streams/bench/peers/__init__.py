"""Every compared index with the place of its adapter, whose library is imported only when it is measured."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from streams.bench.peer import Peer, Setup
from streams.errors import UserError

PEERS: Mapping[str, str] = MappingProxyType(
    {
        "hnswlib": "streams.bench.peers.raw_hnswlib:RawHnswlib",
        "hnswlib-distinct": "streams.bench.peers.distinct_hnswlib:DistinctHnswlib",
        "ours-one-segment": "streams.bench.peers.ours:OneSegment",
        "ours": "streams.bench.peers.ours:Ours",
        "faiss-hnsw": "streams.bench.peers.faiss_hnsw:FaissHnsw",
        "usearch": "streams.bench.peers.usearch:Usearch",
        "lancedb": "streams.bench.peers.lancedb:LanceDb",
        "chroma": "streams.bench.peers.chroma:Chroma",
        "milvus-lite": "streams.bench.peers.milvus_lite:MilvusLite",
        "exact": "streams.bench.peers.exact:Exact",
        "faiss-flat": "streams.bench.peers.faiss_flat:FaissFlat",
        "qdrant-local": "streams.bench.peers.qdrant_local:QdrantLocal",
    }
)

# What a million vectors are given to: the others would take hours.
MILLIONS = ("hnswlib", "hnswlib-distinct", "ours")


def check_names(names: tuple[str, ...]) -> None:
    """Refuse a name that is not in the table.

    Raises:
        UserError: It is not.
    """
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise UserError(f"--peers: no adapter for {', '.join(unknown)}; there are {', '.join(PEERS)}")


def make_peer(name: str, setup: Setup) -> Peer:
    """Import an adapter with its library, then make an empty index.

    Raises:
        ImportError: The library is not installed: `pip install .[bench]`.
    """
    module, attribute = PEERS[name].split(":")
    peer: Peer = getattr(importlib.import_module(module), attribute)(setup)
    return peer
