"""Posts of stores: samples that were drawn once, with the labels of every aspect."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from encoders.corpus.errors import StoreError
from encoders.corpus.store import Row, Store, even_order
from encoders.modality import Modality
from encoders.samples import Caption, Samples
from encoders.training.config import StoreData
from encoders.training.dataset import Origin, Posts
from encoders.training.errors import CorpusTooSmall, DataMissing
from encoders.training.losses import UNLABELLED

_TRAINING = "training"


def stored_posts(data: StoreData, modalities: Iterable[Modality], folder: Path) -> tuple[Posts, Posts]:
    """Open stores and number their labels.

    Args:
        data: Which.
        modalities: What is read of each post; one that has none of them is left out.
        folder: Of the stores.

    Returns:
        Posts to learn from; none that are held out: trends of development serve for that.

    Raises:
        CorpusTooSmall: No post has a leaf.
        DataMissing: A store is not there, or cannot be read.
    """
    wanted = frozenset(modalities)
    places: list[tuple[Store, int]] = []
    digest = hashlib.sha256(" ".join(sorted(wanted)).encode())
    for name in data.stores:
        try:
            store = Store(folder / name)
        except StoreError as error:
            raise DataMissing(str(error)) from error
        order = even_order(store.rows)[: max(1, round(data.share * len(store)))]
        kept = [row for row in sorted(order) if _taken(store, row, data, wanted)]
        places += [(store, row) for row in kept]
        digest.update(f"{store.digest} {kept}".encode())
    rows = [store.rows[row] for store, row in places]
    leaves = {leaf: number for number, leaf in enumerate(sorted({row.leaf for row in rows if row.leaf is not None}))}
    if len(leaves) < 2:
        raise CorpusTooSmall(f"the stores {', '.join(data.stores)} have {len(leaves)} leaves to learn from")
    aspects: dict[str, list[int]] = {}
    names: dict[str, tuple[str, ...]] = {}
    for aspect in sorted({aspect for row in rows for aspect in row.labels}):
        names[aspect] = tuple(sorted({row.labels[aspect] for row in rows if aspect in row.labels}))
        numbers = {name: number for number, name in enumerate(names[aspect])}
        aspects[aspect] = [numbers.get(row.labels.get(aspect, ""), UNLABELLED) for row in rows]

    def draw(place: int) -> Samples:
        store, row = places[place]
        samples = dict(store.samples(row))
        if data.label_words:
            samples[Modality.TEXT] = Caption(_words_of(store.rows[row]))
        return {modality: sample for modality, sample in samples.items() if modality in wanted}

    licences = tuple(sorted({licence for row in rows for licence in row.licences}))
    origin = Origin(source=", ".join(data.stores), digest=digest.hexdigest(), licences=licences)
    labels = [leaves[row.leaf] if row.leaf is not None else UNLABELLED for row in rows]
    return Posts(labels, draw, origin, aspects=aspects, names=names, keep=False), Posts([], draw, origin)


def _taken(store: Store, row: int, data: StoreData, wanted: frozenset[Modality]) -> bool:
    """Return whether a row is drawn, for training, free to learn from, and says something."""
    post = store.rows[row]
    free = not data.licences or set(post.licences) <= set(data.licences)
    said = {Modality.TEXT} if data.label_words and post.labels else set()
    return post.section == _TRAINING and free and bool(store.drawn[row]) and bool((store.present(row) | said) & wanted)


def _words_of(post: Row) -> str:
    """Return the caption of a post with what its labels say, aspect by aspect."""
    said = [f"{aspect} {label}" for aspect, label in sorted(post.labels.items())]
    return " ".join([*([post.words] if post.words is not None else []), *said]).replace("_", " ")
