"""Real media become posts whose parts keep to their section; the tests write a tiny shelf themselves."""

import io
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from encoders import Caption, Frames, Modality, Waveform
from encoders.corpus import (
    CorpusSettings,
    Holding,
    Kind,
    RealPost,
    Role,
    Section,
    Shelf,
    ShelfError,
    compose_trends,
    hold,
    read_shelf,
    read_truth,
    real_posts_of,
    samples_of_real,
)
from encoders.corpus.edits import Edit
from encoders.corpus.holding import FEWEST_ITEMS
from encoders.corpus.real_trends import draw_real_trends
from encoders.media import MediaLimits, decode_media
from encoders.media.writer import write_clip

_SETTINGS = CorpusSettings(
    posts_a_leaf=5, originals=10, copies=3, copies_of_copies=20, hard_negatives=12, background=60, bank=10
)
_LABELS, _ITEMS = 14, 12


def _row(kind: str, source: str, label: str, number: int, media: bytes | None, text: str | None) -> dict[str, object]:
    form = {"image": "png", "video": "mp4", "audio": "mp4", "text": "utf8"}[kind]
    return {
        "id": f"{source}/{label}/{number}",
        "source": source,
        "label": label,
        "group": f"speaker-{number % 6}" if kind == "audio" else "",
        "kind": kind,
        "format": form,
        "license": "CC0",
        "media": media,
        "text": text,
    }


def _png(tone: int, number: int) -> bytes:
    picture = np.full((40, 56, 3), (tone * 16, number * 20, 128), dtype=np.uint8)
    picture[:20, :20] = 255
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sources of pictures and of texts, one of sounds with speakers, a clip, and items without a label."""
    folder = tmp_path_factory.mktemp("media")
    clip = folder / "clip.mp4"
    beep = np.sin(np.arange(48_000) / 6).astype(np.float32)
    write_clip(clip, [np.full((32, 32, 3), tone, dtype=np.uint8) for tone in range(0, 240, 10)], 12, beep, 16_000)
    media = clip.read_bytes()
    clip.unlink()
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    for label in range(_LABELS):
        for number in range(_ITEMS):
            for source in ("objects", "signs"):
                if source == "objects" or label < 6:
                    rows["image"].append(_row("image", source, f"{source}{label}", number, _png(label, number), None))
            for source in ("asks", "tells"):
                words = f"{source} {label} in way {number}"
                if source == "asks" or label < 6:
                    rows["text"].append(_row("text", source, f"{source}{label}", number, None, words))
            rows["audio"].append(_row("audio", "noises", f"noise{label}", number, media, None))
    rows["video"] = [_row("video", "clips", "clip", number, media, None) for number in range(_ITEMS)]
    rows["image"] += [_row("image", "pictures", "", number, _png(15, number), None) for number in range(60)]
    rows["text"] += [_row("text", "words", "", number, None, f"nothing {number}") for number in range(60)]
    for name, some in rows.items():
        pq.write_table(pa.Table.from_pylist(some), folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def shelf(folder: Path) -> Shelf:
    """The shelf of all tests here."""
    return read_shelf(folder)


@pytest.fixture(scope="module")
def holding(shelf: Shelf) -> Holding:
    """The shelf, shared out."""
    return hold(shelf.items, 7)


@pytest.fixture(scope="module")
def posts(holding: Holding) -> list[RealPost]:
    """Posts of every section."""
    return list(real_posts_of(holding, _SETTINGS))


def test_no_label_and_no_group_is_in_two_sections(holding: Holding) -> None:
    """A speaker heard in training is in no test, though the word is another."""
    labels: dict[tuple[Modality, str], set[Section]] = defaultdict(set)
    groups: dict[str, set[Section]] = defaultdict(set)
    for leaf in holding.leaves:
        labels[leaf.modality, leaf.label].add(leaf.section)
        assert len(leaf.items) >= FEWEST_ITEMS or leaf.modality is Modality.AUDIO
        for item in leaf.items:
            groups[item.group].add(leaf.section)
    for (section, _), items in holding.fillers.items():
        for item in items:
            groups[item.group].add(section)

    assert all(len(sections) == 1 for sections in labels.values())
    assert all(len(sections) == 1 for sections in groups.values())


def test_a_whole_source_is_kept_for_new_families(holding: Holding) -> None:
    """Training never saw it; of the other source every section has labels."""
    unseen = {leaf.family for leaf in holding.leaves if not leaf.known}

    assert {"signs", "tells"} <= unseen
    assert all(leaf.section is Section.TEST for leaf in holding.leaves if leaf.family in unseen)
    assert {leaf.section for leaf in holding.leaves if leaf.family == "objects"} >= {Section.TRAINING, Section.TEST}


def test_posts_keep_to_the_groups_of_their_section(posts: list[RealPost]) -> None:
    """Whatever fills a modality comes from the same section; bank and training share no item either."""
    groups: dict[str, set[Section]] = defaultdict(set)
    for post in posts:
        for item in post.parts.values():
            groups[item.group].add(post.section)

    assert {post.section for post in posts} == set(Section)
    assert all(len(sections) == 1 for sections in groups.values())


def test_positives_bear_their_labels_and_hard_negatives_miss_one(holding: Holding, posts: list[RealPost]) -> None:
    """In every modality that defines the trend; no item defines two originals."""
    trends = {trend.name: trend for trend in draw_real_trends(holding, Section.TEST, _SETTINGS.seed)}

    assert len(trends) >= 10
    assert {Kind.VISUAL, Kind.TEXT, Kind.CONJUNCTIVE, Kind.COPIES} <= {trend.kind for trend in trends.values()}
    for name, trend in trends.items():
        own = [post for post in posts if post.leaf == name]
        for post in own:
            right = [
                modality in post.parts and post.parts[modality].label in {leaf.label for leaf in leaves}
                for modality, leaves in trend.leaves.items()
            ]
            assert right.count(False) == (1 if post.role is Role.HARD_NEGATIVE else 0)
        first = next(iter(trend.leaves))
        items = [post.parts[first].id for post in own if post.role is Role.POSITIVE and not post.edits]
        assert len(items) == len(set(items)) > 0


def test_background_bears_no_whole_trend(holding: Holding, posts: list[RealPost]) -> None:
    """One part of a trend of several modalities at most."""
    trends = draw_real_trends(holding, Section.TEST, _SETTINGS.seed)

    for post in posts:
        if post.role is Role.BACKGROUND and post.section is Section.TEST:
            for trend in trends:
                assert not all(
                    modality in post.parts and post.parts[modality].label in {leaf.label for leaf in leaves}
                    for modality, leaves in trend.leaves.items()
                )


def test_a_copy_has_the_parts_of_its_original(posts: list[RealPost]) -> None:
    """With edits upon it, in the same group."""
    originals = {post.id: post for post in posts if not post.edits}
    copies = [post for post in posts if post.edits]

    assert copies
    assert all(post.parts == originals[post.group].parts for post in copies)


def test_the_same_shelf_and_seed_plan_the_same_posts(holding: Holding, shelf: Shelf, posts: list[RealPost]) -> None:
    """Read again, in another order of files even."""
    again = hold(tuple(reversed(shelf.items)), 7)

    assert {leaf.label: leaf.section for leaf in again.leaves} == {leaf.label: leaf.section for leaf in holding.leaves}
    assert list(real_posts_of(again, _SETTINGS)) == posts


def test_parts_become_samples(posts: list[RealPost], shelf: Shelf) -> None:
    """Moving pictures, a track, the words; a copy differs from its original and stays near."""
    whole = next(post for post in posts if len(post.parts) == 3 and post.parts[Modality.FRAMES].kind == "image")

    samples = samples_of_real(whole, shelf)

    frames, sound = samples[Modality.FRAMES], samples[Modality.AUDIO]
    assert isinstance(frames, Frames)
    assert isinstance(sound, Waveform)
    assert [image.shape for image in frames.images] == [(160, 160, 3)] * 8
    assert 1.9 < len(sound.samples) / 16_000 < 3.1
    assert samples[Modality.TEXT] == Caption(whole.parts[Modality.TEXT].text)
    edited = samples_of_real(replace(whole, edits=(Edit.LOGO,)), shelf)[Modality.FRAMES]
    assert isinstance(edited, Frames)
    apart = np.abs(edited.images[0].astype(float) - frames.images[0])
    assert 0 < apart.mean() < 40


def test_a_clip_gives_its_own_pictures(shelf: Shelf, posts: list[RealPost]) -> None:
    """In their order: the clip grows lighter."""
    clip = next(item for item in shelf.items if item.kind == "video")
    camera = replace(posts[0].camera, light=1.0)

    frames = samples_of_real(replace(posts[0], parts={Modality.FRAMES: clip}, camera=camera), shelf)[Modality.FRAMES]

    assert isinstance(frames, Frames)
    tones = [float(image.mean()) for image in frames.images]
    assert tones == sorted(tones)
    assert tones[-1] - tones[0] > 100


def test_a_folder_of_real_posts_is_a_corpus(folder: Path, tmp_path: Path) -> None:
    """Media that decode, words beside them, a manifest with sections and groups."""
    settings = replace(_SETTINGS, bank=4)

    summary = compose_trends(tmp_path, folder, settings=settings, sections=[Section.BANK])

    truths = read_truth(tmp_path)
    assert summary.posts == len(truths) == 4
    for truth in truths:
        media = decode_media(str(tmp_path / truth.path), MediaLimits(frames=2))
        assert media.frames
        assert truth.section == "bank"


@pytest.mark.parametrize("fault", ["none", "columns", "kind", "twice", "garbage"])
def test_a_shelf_that_cannot_be_read_says_why(tmp_path: Path, fault: str) -> None:
    """The folder or the file with the reason."""
    rows = [_row("text", "asks", "one", 1, None, "words")]
    if fault == "kind":
        rows[0]["kind"] = "smell"
    if fault == "twice":
        rows *= 2
    if fault == "columns":
        del rows[0]["group"]
    if fault == "garbage":
        (tmp_path / "a.parquet").write_bytes(b"no parquet")
    elif fault != "none":
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    word = {"none": "no Parquet file", "columns": "group", "kind": "smell", "twice": "twice", "garbage": "a.parquet"}

    with pytest.raises(ShelfError, match=word[fault]):
        read_shelf(tmp_path)
