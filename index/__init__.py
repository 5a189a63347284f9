"""Vector search by cosine: one protocol, an exact index and a graph."""

from index.errors import (
    BadCount,
    BadKey,
    BadParameter,
    BadPart,
    BadScore,
    BadTime,
    KeyCountMismatch,
    NotFinite,
    UnknownKey,
    VectorIndexError,
    WrongDimension,
    WrongType,
    ZeroNorm,
)
from index.exact import ExactIndex
from index.hnsw import HnswIndex
from index.neighbor import Above, Neighbor
from index.params import HnswParams, SegmentParams
from index.parts import Census
from index.protocol import VectorIndex
from index.recall import RecallEstimate, RecallMeter
from index.rows import Part, Rows
from index.segmented import SegmentedIndex
from index.topk import merge_top_k
from index.vectors import cosines

__all__ = [
    "Above",
    "BadCount",
    "BadKey",
    "BadParameter",
    "BadPart",
    "BadScore",
    "BadTime",
    "Census",
    "ExactIndex",
    "HnswIndex",
    "HnswParams",
    "KeyCountMismatch",
    "Neighbor",
    "NotFinite",
    "Part",
    "RecallEstimate",
    "RecallMeter",
    "Rows",
    "SegmentParams",
    "SegmentedIndex",
    "UnknownKey",
    "VectorIndex",
    "VectorIndexError",
    "WrongDimension",
    "WrongType",
    "ZeroNorm",
    "cosines",
    "merge_top_k",
]
