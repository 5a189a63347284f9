"""Corpora of posts: the generated one, and the manifest that ours and foreign ones share."""

from encoders.corpus.errors import CorpusError, FolderNotEmpty, TruthError
from encoders.corpus.generator import CorpusSummary, generate
from encoders.corpus.truth import TRUTH_NAME, Role, Truth, read_truth, write_truth

__all__ = [
    "TRUTH_NAME",
    "CorpusError",
    "CorpusSummary",
    "FolderNotEmpty",
    "Role",
    "Truth",
    "TruthError",
    "generate",
    "read_truth",
    "write_truth",
]
