"""Vector search by cosine: one protocol, an exact index and a graph."""

from index.arrow import Open, Read, Sink
from index.cut import CutPart, IndexCut
from index.errors import (
    BadCount,
    BadKey,
    BadParameter,
    BadPart,
    BadScore,
    BadSegment,
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
from index.files import read_removed, read_segment, write_removed, write_segment
from index.hnsw import HnswIndex
from index.interval import mean_interval
from index.neighbor import Above, Neighbor
from index.params import HnswParams, SegmentParams
from index.parts import Census
from index.protocol import VectorIndex
from index.recall import RecallEstimate, RecallMeter
from index.rows import Part, Rows
from index.segment import Segment
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
    "BadSegment",
    "BadTime",
    "Census",
    "CutPart",
    "ExactIndex",
    "HnswIndex",
    "HnswParams",
    "IndexCut",
    "KeyCountMismatch",
    "Neighbor",
    "NotFinite",
    "Open",
    "Part",
    "Read",
    "RecallEstimate",
    "RecallMeter",
    "Rows",
    "Segment",
    "SegmentParams",
    "SegmentedIndex",
    "Sink",
    "UnknownKey",
    "VectorIndex",
    "VectorIndexError",
    "WrongDimension",
    "WrongType",
    "ZeroNorm",
    "cosines",
    "mean_interval",
    "merge_top_k",
    "read_removed",
    "read_segment",
    "write_removed",
    "write_segment",
]
