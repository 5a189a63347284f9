"""The corpus of trends in files: the generated posts of chosen sections, at a chosen size."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from encoders.corpus.digest import posts_of
from encoders.corpus.folder import Entry, Progress, write_folder
from encoders.corpus.posts import CorpusSettings, Post, Section
from encoders.corpus.staging import write_post
from encoders.corpus.summary import CorpusSummary
from encoders.corpus.taxonomy import draw_taxonomy


def generate_trends(
    out: Path,
    *,
    settings: CorpusSettings,
    sections: Sequence[Section] = tuple(Section),
    progress: Progress | None = None,
) -> CorpusSummary:
    """Write sections of the corpus of trends.

    The same arguments give the same bytes. At full size the test section alone has 54,000 posts: scale the settings.

    Args:
        out: The folder, made if it is not there. It may hold an earlier corpus, which is replaced, and nothing else.
        settings: How large.
        sections: Which sections.
        progress: Told of each post.

    Returns:
        What was written.

    Raises:
        FolderNotEmpty: `out` has a file that is not of a corpus.
    """
    taxonomy = draw_taxonomy(settings.seed)
    families = {leaf.name: leaf.family for leaf in taxonomy.leaves()}
    entries = [entry_of(post, families) for post in posts_of(taxonomy, settings, *sections)]
    return write_folder(out, entries, seed=settings.seed, progress=progress)


def entry_of(post: Post, families: Mapping[str, str]) -> Entry:
    """Return a post as it can be written; families go by leaf."""
    return Entry(
        role=post.role,
        trend=post.leaf,
        copy=bool(post.edits),
        caption=post.caption,
        section=post.section,
        family=None if post.leaf is None else families[post.leaf],
        group=post.group,
        has_sound=post.take.has_sound,
        write=partial(write_post, post),
    )
