"""Tests of `ebr evaluate pairs`: from a store and a classifier's file to what `complement` reads."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from encoders.evaluation import PosteriorFile, write_posteriors
from streams.cli.evaluate import evaluate
from streams.complement.report import read_complement
from streams.complement.rows import read_videos
from streams.errors import UserError
from tests.support.stores import BACKGROUND, COPIES, HARD, POSITIVES, small_store


def _words(tmp_path: Path) -> list[str]:
    store = small_store(tmp_path / "store")
    said = np.random.default_rng(0).random((len(store), 3)).astype(np.float32)
    families = tuple(f"family-{number}" for number in range(3))
    write_posteriors(tmp_path / "c0.npz", PosteriorFile("made-up", families, {store.digest: said}, {}))
    words = [str(tmp_path / "judged.jsonl"), "--store", str(tmp_path / "store"), "--work", str(tmp_path / "work")]
    return ["pairs", *words, "--classifier", str(tmp_path / "c0.npz"), "--method", "signal"]


def test_pairs_lead_to_a_page(tmp_path: Path) -> None:
    """Every pair once, each scored by both; the file is what the comparison reads."""
    words = _words(tmp_path)

    said = CliRunner().invoke(evaluate, [*words, "--scorer", "weighted max"], catch_exceptions=False).stdout
    videos = read_videos(tmp_path / "judged.jsonl", "family")
    more = ["complement", str(tmp_path / "judged.jsonl"), "--resamples", "5", "--out", str(tmp_path / "out")]
    CliRunner().invoke(evaluate, more, catch_exceptions=False)

    whole = 3 * (POSITIVES + COPIES + HARD + BACKGROUND)
    assert whole - 3 * (5 + COPIES) <= len(videos.ids) <= whole - 3 * 5
    assert 0 < videos.truth.sum() <= 3 * (POSITIVES + COPIES - 5)
    assert not np.isnan(videos.classifier).any()
    assert not np.isnan(videos.retrieval).any()
    assert f"{len(videos.ids)} pairs of 3 trends by signal-1 in " in said
    assert read_complement(tmp_path / "out" / "complement.json").digest == videos.digest


def test_a_scorer_that_there_is_not_is_told(tmp_path: Path) -> None:
    """With those that there are."""
    with pytest.raises(UserError, match=r"--scorer: signal.* has cosine max, .*, not 'nearest'"):
        CliRunner().invoke(evaluate, [*_words(tmp_path), "--scorer", "nearest"], catch_exceptions=False)
