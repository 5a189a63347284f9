"""A store keeps what posts say, whoever drew them, and goes on where it was stopped."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from encoders.corpus import CorpusSettings, Section, draw_taxonomy, posts_of, samples_of
from encoders.corpus.errors import StoreError
from encoders.corpus.store import Store, even_order, squared
from encoders.corpus.storing import labels_of, store_generated
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Waveform
from tests.support.stores import small_store

SETTINGS = CorpusSettings(posts_a_leaf=4, bank=6, originals=4, copies=4, hard_negatives=4, background=4)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small bank, drawn by two processes."""
    return store_generated(tmp_path_factory.mktemp("bank"), SETTINGS, [Section.BANK], processes=2)


def test_rows_say_what_the_posts_say(bank: Store) -> None:
    """Frames are squares, sound is the same within a step of 16 bits, words are the same."""
    posts = list(posts_of(draw_taxonomy(SETTINGS.seed), SETTINGS, Section.BANK))
    assert bank.drawn.all()
    for row, post in enumerate(posts):
        drawn, kept = samples_of(post, width_px=108), bank.samples(row)
        assert set(drawn) == set(kept)
        frames = kept[Modality.FRAMES]
        assert isinstance(frames, Frames)
        assert frames.images[0].shape == (bank.side_px, bank.side_px, 3)
        assert np.array_equal(frames.images[3], squared(drawn[Modality.FRAMES].images[3], bank.side_px))  # type: ignore[union-attr]
        if Modality.AUDIO in kept:
            heard, sound = kept[Modality.AUDIO], drawn[Modality.AUDIO]
            assert isinstance(heard, Waveform)
            assert isinstance(sound, Waveform)
            assert np.abs(heard.samples - sound.samples[: len(heard.samples)]).max() < 1 / 30_000
        if Modality.TEXT in kept:
            assert kept[Modality.TEXT] == Caption(post.caption or "")


def test_drawing_goes_on(tmp_path: Path) -> None:
    """What was drawn stays as it is; a row that was lost is drawn again, with the same result."""
    first = store_generated(tmp_path, SETTINGS, [Section.BANK])
    before = np.array(first._arrays.frames)
    first._arrays.state[2] = -1
    first._arrays.frames[2] = 0
    again = store_generated(tmp_path, SETTINGS, [Section.BANK])
    assert again.drawn.all()
    assert np.array_equal(before, again._arrays.frames)


def test_the_digest_of_contents_is_of_the_rows_that_were_read(tmp_path: Path) -> None:
    """One pixel, one sample or one word more is another; rows that were not read have no part in it."""
    store = small_store(tmp_path)
    rows = [0, 1, 2]
    before = store.content_digest(rows)
    drawn = Store(tmp_path, writable=True)

    drawn._arrays.frames[3, 0, 0, 0, 0] ^= 1
    assert store.content_digest(rows) == before != store.content_digest([0, 1, 3])
    drawn._arrays.frames[1, 0, 0, 0, 0] ^= 1
    seen = store.content_digest(rows)
    drawn._arrays.sound[2, 0] ^= 1
    assert len({before, seen, store.content_digest(rows)}) == 3
    drawn._arrays.state[2] = -1
    with pytest.raises(StoreError, match="post 2 is not drawn"):
        store.content_digest(rows)


def test_another_corpus_is_refused(tmp_path: Path) -> None:
    """A folder holds one corpus; a row that is not drawn is an error, not black frames."""
    store_generated(tmp_path, SETTINGS, [Section.BANK])
    with pytest.raises(StoreError, match="choose another folder"):
        store_generated(tmp_path, CorpusSettings(seed=8, bank=6), [Section.BANK])
    (tmp_path / "state.i32").write_bytes(np.full(12, -1, np.int32).tobytes())
    with pytest.raises(StoreError, match="not drawn"):
        Store(tmp_path).samples(0)
    with pytest.raises(StoreError):
        Store(tmp_path / "nowhere")


def test_only_training_has_labels(tmp_path: Path) -> None:
    """Each beginning of the order is fair to leaves and roles; what tests hold has no labels to look at."""
    store = store_generated(tmp_path, SETTINGS, [Section.DEVELOPMENT])
    assert not any(row.labels for row in store.rows)
    half = [store.rows[place] for place in even_order(store.rows)[: len(store) // 2]]
    leaves = Counter(row.leaf for row in half if row.role == "hard-negative")
    assert len(leaves) == 5
    assert set(leaves.values()) == {2}
    script = next(iter(posts_of(draw_taxonomy(7), SETTINGS, Section.TRAINING))).script
    assert len(labels_of(script)) == 12
    assert labels_of(script)["shape"] == script.shape.head
