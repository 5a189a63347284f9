"""Tests of posts from Parquet files: leaves that are held out, groups that never cross, media that is decoded."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from encoders.modality import Modality
from encoders.samples import Caption, Frames, Waveform
from encoders.training import CorpusTooSmall, DataMissing, RecipeError, train
from encoders.training.config import ParquetData
from encoders.training.losses import UNLABELLED
from encoders.training.parquet import parquet_posts
from tests.support.media import scene, tune, write_clip
from tests.support.recipes import small

Cells = dict[str, object]


def row(number: int, label: str, **cells: object) -> Cells:
    """Make a row of text, with other values in some cells."""
    return {
        "id": f"made/{number}",
        "source": "made",
        "label": label,
        "group": "",
        "kind": "text",
        "license": "MIT",
        "media": None,
        "text": f"{label} number {number}",
    } | cells


def written(folder: Path, rows: list[Cells], name: str = "made.parquet") -> Path:
    """Write a file; its folder is what is asked for."""
    types = {name: pa.binary() if name == "media" else pa.string() for name in row(0, "")}
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(types.items())), folder / name)
    return folder


def png(number: int) -> bytes:
    """Draw a picture as PNG."""
    out = io.BytesIO()
    Image.fromarray(scene(number, 0.0, 400, 300)).save(out, "PNG")
    return out.getvalue()


TEXTS = [row(number, f"leaf {number % 5}") for number in range(40)] + [row(90 + n, "none of these") for n in range(6)]
HELD = ParquetData(files=("made.parquet",), held_out=2, loose_labels=("none of these",))


def test_leaves_are_held_out_whole(tmp_path: Path) -> None:
    """Each leaf is on one side; rows of no leaf are learned from without a label."""
    learned, unseen = parquet_posts(HELD, [Modality.TEXT], written(tmp_path, TEXTS))

    said = [{posts.samples(r)[Modality.TEXT] for r in range(len(posts))} for posts in (learned, unseen)]
    assert (learned.leaves, unseen.leaves) == (3, 2)
    assert (len(learned), len(unseen)) == (24 + 6, 16)
    assert learned.labels.count(UNLABELLED) == 6
    assert not said[0] & said[1]
    assert said[0] | said[1] == {Caption(str(cells["text"])) for cells in TEXTS}
    assert learned.origin.licences == ("MIT",)


def test_a_group_is_on_one_side(tmp_path: Path) -> None:
    """What shares a recording with a held-out post is not learned from."""
    grouped = [cells | {"group": f"g{place // 5}"} for place, cells in enumerate(TEXTS[:40])]

    learned, unseen = parquet_posts(HELD, [Modality.TEXT], written(tmp_path, grouped))

    assert len(unseen) == 16
    assert len(learned) == 0


def test_the_same_files_give_the_same_posts_and_another_byte_another_digest(tmp_path: Path) -> None:
    """A card's digest says what was learned from."""
    folder = written(tmp_path, TEXTS)
    one, other = (parquet_posts(HELD, [Modality.TEXT], folder)[0] for _ in range(2))
    changed, _ = parquet_posts(
        HELD, [Modality.TEXT], written(tmp_path, [cells | {"text": f"{cells['text']}."} for cells in TEXTS])
    )

    assert one.labels == other.labels
    assert one.origin == other.origin
    assert changed.origin.digest != one.origin.digest


def test_media_is_decoded_and_what_cannot_be_is_missing(tmp_path: Path) -> None:
    """A picture, a video, its sound; a file that is none has no sample."""
    clip = write_clip(tmp_path / "clip.mp4", sound=tune(1, 2.0)).read_bytes()
    rows = [
        row(0, "a", kind="image", media=png(1)),
        row(1, "b", kind="video", media=clip),
        row(2, "c", kind="audio", media=clip),
        row(3, "d", kind="image", media=b"no picture"),
        row(4, "e", kind="audio", media=b"no sound"),
        row(5, "f", kind="smell"),
    ]
    data = ParquetData(files=("made.parquet",))

    posts, _ = parquet_posts(data, [Modality.FRAMES, Modality.AUDIO], written(tmp_path, rows))

    picture, video = posts.samples(0)[Modality.FRAMES], posts.samples(1)[Modality.FRAMES]
    sound = posts.samples(2)[Modality.AUDIO]
    assert isinstance(picture, Frames)
    assert picture.images[0].shape == (192, 256, 3)
    assert isinstance(video, Frames)
    assert len(video.images) > 1
    assert isinstance(sound, Waveform)
    assert float(np.abs(sound.samples).max()) > 0.05
    assert [len(posts.samples(r)) for r in range(len(posts))] == [1, 1, 1, 0, 0]


def test_a_run_learns_from_files(tmp_path: Path) -> None:
    """From Parquet to a card that names files and licences."""
    recipe = small(data=ParquetData(files=("made.parquet",), held_out=2, loose_labels=("none of these",)), steps=3)

    run = train(recipe, tmp_path / "run", data=written(tmp_path, TEXTS))

    assert set(run.quality) == {"text pr_auc", "text roc_auc", "text pr_auc untrained", "text roc_auc untrained"}
    assert '"data": "made.parquet"' in (tmp_path / "run/card.json").read_text()


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """No folder, no file, no such columns, too few leaves, a path for a name."""
    recipe = small(data=HELD, steps=3)
    with pytest.raises(DataMissing, match="in which folder"):
        train(recipe, tmp_path / "run")
    with pytest.raises(DataMissing, match=r"made\.parquet"):
        train(recipe, tmp_path / "run", data=tmp_path)
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "made.parquet")
    with pytest.raises(DataMissing, match=r"made\.parquet"):
        train(recipe, tmp_path / "run", data=tmp_path)
    with pytest.raises(CorpusTooSmall, match="2 leaves are to be held out, there are 1"):
        train(recipe, tmp_path / "run", data=written(tmp_path, TEXTS[:1]))
    with pytest.raises(RecipeError, match="no name of a file"):
        ParquetData(files=("../made.parquet",))
