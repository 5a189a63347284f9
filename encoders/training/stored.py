"""Posts of stores: samples that were drawn once, with the labels of every aspect."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
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
        Posts to learn from; posts that are held out, with the labels of their aspects but without leaves: what they
        show is known, only they are new. Trends that are new are the evaluation's.

    Raises:
        CorpusTooSmall: No post has a leaf.
        DataMissing: A store is not there, or cannot be read.
    """
    wanted = frozenset(modalities)
    found: list[_Place] = []
    unseen: list[_Place] = []
    digest = hashlib.sha256(" ".join(sorted(wanted)).encode())
    for name in data.stores:
        try:
            store = Store(folder / name)
        except StoreError as error:
            raise DataMissing(str(error)) from error
        order = even_order(store.rows)[: max(1, round(data.share * len(store)))]
        learned = len(order) - round(data.held_out * len(order))
        kept = [row for row in sorted(order[:learned]) if _taken(store, row, data, wanted)]
        found += [(store, row) for row in kept]
        unseen += [(store, row) for row in sorted(order[learned:]) if _taken(store, row, data, wanted)]
        digest.update(f"{store.digest} {kept}".encode())
    rows = [store.rows[row] for store, row in found]
    leaves = {leaf: number for number, leaf in enumerate(sorted({row.leaf for row in rows if row.leaf is not None}))}
    if len(leaves) < 2:
        raise CorpusTooSmall(f"the stores {', '.join(data.stores)} have {len(leaves)} leaves to learn from")
    names = {
        aspect: tuple(sorted({row.labels[aspect] for row in rows if aspect in row.labels}))
        for aspect in sorted({aspect for row in rows for aspect in row.labels})
    }
    licences = tuple(sorted({licence for row in rows for licence in row.licences}))
    origin = Origin(source=", ".join(data.stores), digest=digest.hexdigest(), licences=licences)
    labels = [leaves[row.leaf] if row.leaf is not None else UNLABELLED for row in rows]
    return (
        _posts(found, labels, names, data, wanted, origin),
        _posts(unseen, [UNLABELLED] * len(unseen), names, data, wanted, origin),
    )


_Place = tuple[Store, int]


def _posts(
    places: Sequence[_Place],
    labels: Sequence[int],
    names: Mapping[str, Sequence[str]],
    data: StoreData,
    wanted: frozenset[Modality],
    origin: Origin,
) -> Posts:
    """Return rows of stores as posts."""

    def draw(place: int) -> Samples:
        store, row = places[place]
        samples = dict(store.samples(row))
        if data.label_words:
            samples[Modality.TEXT] = Caption(_words_of(store.rows[row]))
        return {modality: sample for modality, sample in samples.items() if modality in wanted}

    aspects = {}
    for aspect, known in names.items():
        numbers = {name: number for number, name in enumerate(known)}
        said = [store.rows[row].labels.get(aspect, "") for store, row in places]
        aspects[aspect] = [numbers.get(label, UNLABELLED) for label in said]
    return Posts(labels, draw, origin, aspects=aspects, names=names, keep=False)


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
