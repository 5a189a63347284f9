"""Corpora of posts: the generated ones, and the manifest that ours and foreign ones share."""

from encoders.corpus.digest import plan_digest, posts_of
from encoders.corpus.errors import CorpusError, FolderNotEmpty, TruthError
from encoders.corpus.generator import generate
from encoders.corpus.leaves import Kind, Leaf
from encoders.corpus.posts import CorpusSettings, Post, Section
from encoders.corpus.shares import Split
from encoders.corpus.staging import samples_of
from encoders.corpus.summary import CorpusSummary
from encoders.corpus.taxonomy import Taxonomy, draw_taxonomy
from encoders.corpus.trends import generate_trends
from encoders.corpus.truth import TRUTH_NAME, Role, Truth, read_truth, write_truth

__all__ = [
    "TRUTH_NAME",
    "CorpusError",
    "CorpusSettings",
    "CorpusSummary",
    "FolderNotEmpty",
    "Kind",
    "Leaf",
    "Post",
    "Role",
    "Section",
    "Split",
    "Taxonomy",
    "Truth",
    "TruthError",
    "draw_taxonomy",
    "generate",
    "generate_trends",
    "plan_digest",
    "posts_of",
    "read_truth",
    "samples_of",
    "write_truth",
]
