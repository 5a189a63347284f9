"""`ebr generate` writes sections of the corpus of trends, of made or of real media."""

from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from encoders.corpus import read_truth
from encoders.corpus.store import Store
from streams.cli.main import main


def test_a_section_of_the_corpus_of_trends_is_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """At a share of its size, never below four posts."""
    code = main(["generate", str(tmp_path), "--section", "bank", "--share", "0.001", "--json"])

    facts = msgspec.json.decode(capfd.readouterr().out)
    assert code == 0
    assert facts["posts"] == len(read_truth(tmp_path)) == 4
    assert {truth.section for truth in read_truth(tmp_path)} == {"bank"}


def test_real_media_come_from_the_folder_that_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Texts alone give posts with a black picture and a caption."""
    media, out = tmp_path / "media", tmp_path / "out"
    media.mkdir()
    row = {"source": "s", "label": "", "group": "", "kind": "text", "format": "utf8", "license": "CC0", "media": None}
    rows = [row | {"id": f"s/{number}", "text": f"words {number}"} for number in range(80)]
    table = pa.Table.from_pylist(rows, schema=_schema())
    pq.write_table(table, media / "texts.parquet")

    code = main(["generate", str(out), "--section", "bank", "--share", "0.002", "--media", str(media)])

    assert code == 0
    assert "background" in capfd.readouterr().out
    assert all((truth.caption or "").startswith("words ") for truth in read_truth(out))


def _schema() -> pa.Schema:
    names = ("id", "source", "label", "group", "kind", "format", "license", "media", "text")
    return pa.schema([(name, pa.binary() if name == "media" else pa.string()) for name in names])


def test_a_section_is_drawn_into_a_store(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`--store` leaves a folder that training and evaluation read; what it holds is said."""
    code = main(["generate", str(tmp_path), "--store", "--section", "bank", "--share", "0.002"])
    store = Store(tmp_path / "generated-bank")
    assert code == 0
    assert store.drawn.all()
    assert f"{len(store)} posts in {store.folder}" in capfd.readouterr().out
