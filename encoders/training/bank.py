"""The background that whitenings are fitted on: posts that teach nothing and are in no test."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from encoders.corpus.digest import plan_digest, posts_of
from encoders.corpus.holding import hold
from encoders.corpus.posts import CorpusSettings, Section
from encoders.corpus.real import samples_of_real
from encoders.corpus.real_posts import real_posts_of
from encoders.corpus.shelf import read_shelf
from encoders.corpus.staging import samples_of
from encoders.corpus.store import Store
from encoders.corpus.taxonomy import draw_taxonomy
from encoders.samples import Samples
from encoders.training.dataset import Origin
from encoders.training.errors import ExportError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Background posts.

    Attributes:
        posts: Their samples; gone through once, so that they need not fit into memory.
        size: How many there are.
        origin: Of all of them.
    """

    posts: Iterable[Samples]
    size: int
    origin: Origin


def generated_bank(settings: CorpusSettings) -> Bank:
    """Draw the bank of the generated corpus.

    Args:
        settings: Of the corpus; `bank` is the number of posts.

    Returns:
        The bank; a post is drawn when it is asked for.
    """
    digest = hashlib.sha256(f"{plan_digest(settings)} {Section.BANK}".encode()).hexdigest()
    posts = posts_of(draw_taxonomy(settings.seed), settings, Section.BANK)
    return Bank(
        posts=(samples_of(post) for post in posts),
        size=settings.bank,
        origin=Origin(source="the bank of the generated corpus", digest=digest, licences=("Apache-2.0",)),
    )


def media_bank(folder: Path, settings: CorpusSettings) -> Bank:
    """Compose a bank of real media.

    Args:
        folder: Of Parquet files; see `read_shelf`.
        settings: Of the corpus; `bank` is the number of posts.

    Returns:
        The bank; a post is composed when it is asked for.

    Raises:
        ShelfError: The media cannot be read.
    """
    shelf = read_shelf(folder)
    plan = tuple(real_posts_of(hold(shelf.items, settings.seed), settings, Section.BANK))
    used = {item.id: item for post in plan for item in post.parts.values()}
    digest = hashlib.sha256(repr(settings).encode())
    for post in plan:
        digest.update(repr((post.id, [(part, item.id) for part, item in post.parts.items()])).encode())
    return Bank(
        posts=(samples_of_real(post, shelf) for post in plan),
        size=len(plan),
        origin=Origin(
            source="a bank of real media: " + ", ".join(sorted({item.source for item in used.values()})),
            digest=digest.hexdigest(),
            licences=tuple(sorted({item.license for item in used.values()} - {""})),
        ),
    )


def stored_bank(folders: Sequence[Path], size: int) -> Bank:
    """Take a bank out of stores: as many posts of each, so that no corpus outvotes another.

    Args:
        folders: Of stores; their posts of the section `bank` count, as far as they are drawn.
        size: How many posts at most, of all together.

    Raises:
        StoreError: One is not there, or not complete.
        ExportError: One has no post of a bank that is drawn.
    """
    taken: list[tuple[Store, int]] = []
    digest, licences = hashlib.sha256(), set[str]()
    for folder in folders:
        store = Store(folder)
        rows = [place for place, row in enumerate(store.rows) if row.section == Section.BANK and store.drawn[place]]
        if not rows:
            raise ExportError(f"{folder} has no post of a bank that is drawn")
        for place in rows[: max(1, size // len(folders))]:
            taken.append((store, place))
            digest.update(f"{store.digest} {store.rows[place].id}\n".encode())
            licences |= set(store.rows[place].licences)
    return Bank(
        posts=(store.samples(place) for store, place in taken),
        size=len(taken),
        origin=Origin(source="stored banks", digest=digest.hexdigest(), licences=tuple(sorted(licences - {""}))),
    )


def in_parts(posts: Iterable[Samples], size: int) -> Iterator[list[Samples]]:
    """Cut posts into lists of `size`, the last one shorter."""
    part: list[Samples] = []
    for post in posts:
        part.append(post)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
