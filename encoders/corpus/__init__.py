"""Corpora of posts: the generated ones, and the manifest that ours and foreign ones share."""

from encoders.corpus.digest import plan_digest, posts_of
from encoders.corpus.errors import CorpusError, FolderNotEmpty, ShelfError, TruthError
from encoders.corpus.generator import generate
from encoders.corpus.holding import Holding, hold
from encoders.corpus.leaves import FACTOR_MODALITIES, Kind, Leaf
from encoders.corpus.posts import CorpusSettings, Post, Section
from encoders.corpus.real import compose_trends, samples_of_real
from encoders.corpus.real_posts import RealPost, real_posts_of
from encoders.corpus.shares import Split
from encoders.corpus.shelf import Item, Shelf, read_shelf
from encoders.corpus.shown import Part, ShownSettings, generate_shown, shown_leaves, shown_parts
from encoders.corpus.staging import samples_of
from encoders.corpus.summary import CorpusSummary
from encoders.corpus.taxonomy import Taxonomy, draw_taxonomy
from encoders.corpus.trends import generate_trends
from encoders.corpus.truth import TRUTH_NAME, Role, Truth, read_truth, write_truth

__all__ = [
    "FACTOR_MODALITIES",
    "TRUTH_NAME",
    "CorpusError",
    "CorpusSettings",
    "CorpusSummary",
    "FolderNotEmpty",
    "Holding",
    "Item",
    "Kind",
    "Leaf",
    "Part",
    "Post",
    "RealPost",
    "Role",
    "Section",
    "Shelf",
    "ShelfError",
    "ShownSettings",
    "Split",
    "Taxonomy",
    "Truth",
    "TruthError",
    "compose_trends",
    "draw_taxonomy",
    "generate",
    "generate_shown",
    "generate_trends",
    "hold",
    "plan_digest",
    "posts_of",
    "read_shelf",
    "read_truth",
    "real_posts_of",
    "samples_of",
    "samples_of_real",
    "shown_leaves",
    "shown_parts",
    "write_truth",
]
