"""Real media out of a folder of Parquet files: one item a row, its bytes read when they are wanted."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from encoders.corpus.errors import ShelfError
from encoders.modality import Modality

COLUMNS = ("id", "source", "label", "group", "kind", "format", "license", "media", "text")
_MODALITIES = {
    "image": Modality.FRAMES,
    "video": Modality.FRAMES,
    "audio": Modality.AUDIO,
    "text": Modality.TEXT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One image, clip, sound or text.

    Attributes:
        id: Unique on the shelf.
        source: The data set that it is of.
        label: What it shows or says; may be empty.
        group: Items of one group never cross a split; its own id where it has none.
        kind: `image`, `video`, `audio` or `text`.
        license: Of the item.
        text: The words of a text; empty for others.
        place: File and row.
    """

    id: str
    source: str
    label: str
    group: str
    kind: str
    license: str
    text: str
    place: tuple[Path, int]

    @property
    def modality(self) -> Modality:
        """What it can give to a post."""
        return _MODALITIES[self.kind]


class Shelf:
    """The items of a folder. One process may share it; the media of a file stay in memory once asked for."""

    def __init__(self, items: Iterable[Item]) -> None:
        """Keep items in their order."""
        self.items = tuple(items)
        self._media: dict[Path, pa.ChunkedArray] = {}

    def media(self, item: Item) -> bytes:
        """Return the bytes of an item; empty for a text.

        Raises:
            ShelfError: Its file cannot be read any more.
        """
        path, row = item.place
        if path not in self._media:
            try:
                self._media[path] = pq.read_table(path, columns=["media"]).column("media")
            except (OSError, pa.ArrowException) as error:
                raise ShelfError(path, str(error)) from error
        return bytes(self._media[path][row].as_py() or b"")


def read_shelf(folder: Path) -> Shelf:
    """Read what a folder of Parquet files holds, without the media.

    Args:
        folder: Its files `*.parquet` have the columns of `COLUMNS`.

    Returns:
        The items, file by file.

    Raises:
        ShelfError: There is no such file, one has other columns, an unknown kind, or an id twice.
    """
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise ShelfError(folder, "no Parquet file in it")
    items: dict[str, Item] = {}
    for path in paths:
        for item in _items(path):
            if item.id in items:
                raise ShelfError(path, f"id {item.id!r} is there twice")
            items[item.id] = item
    return Shelf(items.values())


def _items(path: Path) -> list[Item]:
    try:
        names = set(pq.read_schema(path).names)
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise ShelfError(path, f"no column {missing[0]!r}")
        rows = pq.read_table(path, columns=[name for name in COLUMNS if name != "media"]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise ShelfError(path, str(error)) from error
    items = []
    for number, row in enumerate(rows):
        if row["kind"] not in _MODALITIES:
            raise ShelfError(path, f"kind {row['kind']!r} in row {number}")
        # Groups of one name in two modalities are two: writers and speakers are numbered alike.
        group = f"{_MODALITIES[row['kind']]}/{row['group'] or row['id']}"
        items.append(
            Item(
                id=row["id"],
                source=row["source"],
                label=row["label"] or "",
                group=group,
                kind=row["kind"],
                license=row["license"] or "",
                text=row["text"] or "",
                place=(path, number),
            )
        )
    return items
