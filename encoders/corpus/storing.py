"""Posts, generated or of real media, drawn into a store by several processes."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec

from encoders.corpus.composing import pictures_of, track_of
from encoders.corpus.digest import plan_digest, posts_of
from encoders.corpus.holding import hold
from encoders.corpus.motifs import Script
from encoders.corpus.posts import CorpusSettings, Post, Section
from encoders.corpus.real import samples_of_real
from encoders.corpus.real_posts import RealPost, real_posts_of
from encoders.corpus.real_trends import draw_real_trends
from encoders.corpus.shelf import Item, Shelf, read_shelf
from encoders.corpus.staging import samples_of
from encoders.corpus.store import RATE_HZ, Row, Store, create_store, even_order
from encoders.corpus.taxonomy import draw_taxonomy
from encoders.corpus.truth import Role
from encoders.errors import MediaError
from encoders.modality import Modality
from encoders.samples import Frames, Sample, Samples, Waveform

Progress = Callable[[int, int], None]
"""Told how many posts are drawn, of how many."""

_CHUNK = 64
# Files are 180 px wide; outlines and marks need about half of that. Many real pictures are of 64 px.
_WIDTH_PX, _GENERATED_SIDE_PX, _REAL_SIDE_PX = 108, 96, 64
_ASPECTS = {"shape": "mark", "motion": "company", "palette": "object", "slogan": "ending", "sound": "answer"}


def store_generated(
    folder: Path,
    settings: CorpusSettings,
    sections: Sequence[Section] = tuple(Section),
    *,
    processes: int = 1,
    progress: Progress | None = None,
) -> Store:
    """Draw sections of the generated corpus into a store; what was drawn before is kept.

    Args:
        folder: Made if it is not there.
        settings: How large.
        sections: Which.
        processes: How many draw.
        progress: Told of each chunk.

    Raises:
        StoreError: The folder is of another corpus.
    """
    taxonomy = draw_taxonomy(settings.seed)
    leaves = {leaf.name: leaf for leaf in taxonomy.leaves()}
    posts = tuple(posts_of(taxonomy, settings, *sections))
    rows = [
        Row(
            id=post.id,
            section=post.section,
            role=_role(post.role),
            leaf=post.leaf,
            kind=None if post.leaf is None else leaves[post.leaf].kind,
            family=None if post.leaf is None else leaves[post.leaf].family,
            known=post.leaf is not None and leaves[post.leaf].known,
            group=post.group,
            copy=bool(post.edits),
            words=post.caption,
            licences=("Apache-2.0",),
            labels=labels_of(post.script) if post.section is Section.TRAINING else {},
        )
        for post in posts
    ]
    store = create_store(
        folder, rows, _digest("generated", plan_digest(settings), sections, _WIDTH_PX), _GENERATED_SIDE_PX
    )
    _draw_all(store, partial(_draw_generated, posts), processes, progress)
    return store


def labels_of(script: Script) -> dict[str, str]:
    """Return what a generated post shows, by aspect: head and detail of each factor are two aspects."""
    out: dict[str, str] = {}
    for factor in ("shape", "motion", "palette", "slogan", "sound", "wording"):
        motif = script.motif(factor)
        out[factor], out[_ASPECTS.get(factor, "thing")] = motif.head, motif.detail
    return out


def store_real(
    folder: Path,
    media: Path,
    settings: CorpusSettings,
    sections: Sequence[Section] = tuple(Section),
    *,
    processes: int = 1,
    progress: Progress | None = None,
) -> Store:
    """Compose sections of the corpus of real media into a store; what was drawn before is kept.

    A training post is the labelled item alone, its picture as it is; posts of other sections are filmed and joined. The
    label of an item is of the aspect `image`, `recording` or `intent`, within its source.

    Args:
        folder: Made if it is not there.
        media: Folder of Parquet files, see `read_shelf`.
        settings: How large.
        sections: Which.
        processes: How many draw.
        progress: Told of each chunk.

    Raises:
        ShelfError: The media cannot be read.
        StoreError: The folder is of another corpus.
    """
    shelf = read_shelf(media)
    holding = hold(shelf.items, settings.seed)
    posts = tuple(real_posts_of(holding, settings, *sections))
    kinds: dict[str, tuple[str, bool]] = {
        trend.name: (trend.kind, trend.known)
        for section in (Section.DEVELOPMENT, Section.TEST)
        for trend in draw_real_trends(holding, section, settings.seed)
    }
    rows = [_real_row(post, kinds) for post in posts]
    plan = hashlib.sha256(msgspec.json.encode(rows)).hexdigest()
    store = create_store(folder, rows, _digest("real", plan, sections, _REAL_SIDE_PX), _REAL_SIDE_PX)
    _draw_all(store, partial(_draw_real, posts, shelf), processes, progress)
    return store


_REAL_ASPECTS = {Modality.FRAMES: "image", Modality.AUDIO: "recording", Modality.TEXT: "intent"}


def _real_row(post: RealPost, kinds: Mapping[str, tuple[str, bool]]) -> Row:
    kind, known = kinds.get(post.leaf or "", (None, post.leaf is not None))
    labels = {}
    if post.section is Section.TRAINING:
        labels = {_REAL_ASPECTS[modality]: f"{item.source}/{item.label}" for modality, item in _defining(post).items()}
    if post.section is Section.TRAINING:
        post = replace(post, parts=_defining(post))
    words = post.parts.get(Modality.TEXT)
    return Row(
        id=post.id,
        section=post.section,
        role=_role(post.role),
        leaf=post.leaf,
        kind=kind,
        family=post.family,
        known=known,
        group=post.group,
        copy=bool(post.edits),
        words=None if words is None else words.text,
        licences=tuple(sorted({item.license for item in post.parts.values()})),
        labels=labels,
    )


def _defining(post: RealPost) -> dict[Modality, Item]:
    """Return the item that gave a training post its leaf."""
    return {modality: item for modality, item in post.parts.items() if post.leaf == f"{modality}/{item.label}"}


def _alone(post: RealPost, shelf: Shelf) -> Samples:
    """Return the labelled item of a training post as it is."""
    out: dict[Modality, Sample] = {}
    for modality, item in _defining(post).items():
        if modality is Modality.FRAMES:
            out[modality] = Frames(pictures_of(shelf, item))
        elif modality is Modality.AUDIO:
            out[modality] = Waveform(track_of(shelf, item, post.camera), RATE_HZ)
    return out


def _role(role: Role) -> str:
    return role.value.replace("_", "-")


def _digest(kind: str, plan: str, sections: Sequence[Section], width_px: int) -> str:
    return hashlib.sha256(f"{kind} {plan} {' '.join(sorted(sections))} {width_px}".encode()).hexdigest()


_draw: Callable[[int], Samples] | None = None
_open_store: Store | None = None


def _draw_generated(posts: Sequence[Post], row: int) -> Samples:
    return samples_of(posts[row], width_px=_WIDTH_PX)


def _draw_real(posts: Sequence[RealPost], shelf: Shelf, row: int) -> Samples:
    post = posts[row]
    try:
        return _alone(post, shelf) if post.section is Section.TRAINING else samples_of_real(post, shelf)
    except MediaError:  # an item that cannot be decoded says nothing; its words, if any, stay
        return {}


def _draw_all(store: Store, draw: Callable[[int], Samples], processes: int, progress: Progress | None) -> None:
    """Draw what is missing; processes are forked, so that they share the plan without a copy."""
    global _draw, _open_store  # noqa: PLW0603 - what forked processes find
    missing = [row for row in even_order(store.rows) if not store.drawn[row]]
    chunks = [missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK)]
    done, whole = len(store) - len(missing), len(store)
    _draw, _open_store = draw, store
    if progress is not None:
        progress(done, whole)
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        for ready in as_completed([pool.submit(_draw_chunk, chunk) for chunk in chunks]):
            done += ready.result()
            if progress is not None:
                progress(done, whole)
    _draw = _open_store = None


def _draw_chunk(rows: Sequence[int]) -> int:
    if _draw is None or _open_store is None:
        raise RuntimeError(f"process {os.getpid()} was not forked from one that draws")
    for row in rows:
        _open_store.put(row, _draw(row))
    return len(rows)
