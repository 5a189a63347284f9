"""Tests of the sources of a bank."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from encoders.corpus import CorpusSettings, Section, ShelfError
from encoders.corpus.errors import StoreError
from encoders.modality import Modality
from encoders.training import ExportError, generated_bank, media_bank, stored_bank
from encoders.training.bank import in_parts
from tests.support.trained import made_up_store

SETTINGS = CorpusSettings(bank=5)


def test_the_generated_bank_is_the_corpus_own() -> None:
    """As many posts as asked for, drawn when asked; a digest that settings change."""
    bank = generated_bank(SETTINGS)

    posts = list(bank.posts)

    assert bank.size == len(posts) == 5
    assert all(Modality.FRAMES in post for post in posts)
    assert len(bank.origin.digest) == 64
    assert bank.origin.digest != generated_bank(CorpusSettings(bank=6)).origin.digest
    assert [len(part) for part in in_parts(posts, 2)] == [2, 2, 1]


def test_a_bank_of_real_media_names_its_sources_and_licences(tmp_path: Path) -> None:
    """A digest of what it is of; media that are not there are an error."""
    rows = [
        {
            "id": f"{source}-{number}",
            "source": source,
            "label": "",
            "group": "",
            "kind": kind,
            "format": "png" if kind == "image" else "utf8",
            "license": licence,
            "media": _picture(number) if kind == "image" else None,
            "text": f"words {number}" if kind == "text" else None,
        }
        for source, kind, licence in (("seen", "image", "CC0-1.0"), ("said", "text", "CC-BY-4.0"))
        for number in range(60)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "media.parquet")

    bank = media_bank(tmp_path, SETTINGS)

    posts = list(bank.posts)
    assert bank.size == len(posts) > 0
    assert set().union(*posts) == {Modality.FRAMES, Modality.TEXT}
    assert bank.origin.licences == ("CC-BY-4.0", "CC0-1.0")
    assert bank.origin.source == "a bank of real media: said, seen"
    assert bank.origin.digest == media_bank(tmp_path, SETTINGS).origin.digest
    assert bank.origin.digest != media_bank(tmp_path, CorpusSettings(bank=4)).origin.digest
    with pytest.raises(ShelfError):
        media_bank(tmp_path / "nowhere", SETTINGS)


def _picture(number: int) -> bytes:
    picture = np.full((40, 56, 3), (number * 4, 20, 128), dtype=np.uint8)
    picture[:20, :20] = 255
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def test_stores_are_taken_from_alike(tmp_path: Path) -> None:
    """Only what they hold of a bank, only what is drawn; each store has its share of the size."""
    for name in ("one", "two"):
        made_up_store(tmp_path / name, Section.BANK, 4)
    one = stored_bank([tmp_path / "one"], 100)
    both = stored_bank([tmp_path / "one", tmp_path / "two"], 6)

    assert one.size == len(list(one.posts)) == 4
    assert both.size == len(list(both.posts)) == 6
    assert both.origin.digest != one.origin.digest
    assert one.origin.licences == ("CC0-1.0",)


def test_a_store_without_a_bank_is_refused(tmp_path: Path) -> None:
    """Posts of a test must not be in a whitening, nor posts that nobody drew."""
    made_up_store(tmp_path / "tests", Section.TEST, 2)
    made_up_store(tmp_path / "undrawn", Section.BANK, 2, drawn=False)

    for name in ("tests", "undrawn"):
        with pytest.raises(ExportError, match="no post of a bank"):
            stored_bank([tmp_path / name], 10)
    with pytest.raises(StoreError):
        stored_bank([tmp_path / "nowhere"], 10)
