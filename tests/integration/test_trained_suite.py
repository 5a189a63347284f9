"""The short form of the evaluation: the suite that ships finds unseen trends better than anything untrained."""

from pathlib import Path

import pytest

from encoders.corpus import CorpusSettings, Section
from encoders.corpus.storing import store_generated
from encoders.evaluation import Ground, Protocol, compare
from encoders.suite_folders import default_suite

SETTINGS = CorpusSettings(originals=8, copies=2, copies_of_copies=2, hard_negatives=8, background=120, bank=80)


@pytest.mark.timeout(900)
def test_trained_is_above_untrained_signal_and_raw_pixels(tmp_path: Path) -> None:
    """On few posts of each trend; methods that learn are not ordered here, lest somebody tunes their order."""
    suite = default_suite()
    test, trials, bank = (
        store_generated(tmp_path / section, SETTINGS, [section], processes=2)
        for section in (Section.TEST, Section.DEVELOPMENT, Section.BANK)
    )
    sources = {
        "trained": suite,
        "untrained": f"untrained:{suite}",
        "signal": "signal",
        "raw pixels": "raw-pixels",
    }

    compared = compare(sources, Ground(test, trials, bank), Protocol(seeds=(5,), draws=4), tmp_path / "work")

    best = {method.name: method.rows[0].pr_auc.mean for method in compared.methods}
    assert suite != "signal"
    assert best["trained"] > max(best["untrained"], best["signal"], best["raw pixels"])
