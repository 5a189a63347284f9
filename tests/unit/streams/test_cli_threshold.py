"""Tests of `ebr evaluate threshold`: from a suite with a bank and a store to a table of one threshold."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli.evaluate import evaluate
from streams.errors import UserError
from tests.support.banked_suite import write_banked_suite
from tests.support.stores import small_store


def test_every_way_is_judged_with_and_without_the_scale(tmp_path: Path) -> None:
    """For programs all of it, for people a table."""
    suite, store = write_banked_suite(tmp_path / "suite"), small_store(tmp_path / "store")
    words = ["threshold", str(suite), "--store", str(store.folder), "--work", str(tmp_path / "work"), "--draws", "2"]

    found = json.loads(CliRunner().invoke(evaluate, [*words, "--json"], catch_exceptions=False).stdout)
    table = CliRunner().invoke(evaluate, words, catch_exceptions=False).stdout

    assert (found["trends"], found["prevalence"], len(found["ways"])) == (2, 0.06, 12)
    assert [way["normalised"] for way in found["ways"]] == [False, True] * 6
    assert all(0.0 <= way["far"] <= 1.0 and 0.0 <= way["frr"] <= 1.0 for way in found["ways"])
    assert "of its kind mean" in table


def test_a_suite_without_a_bank_is_told_how_to_get_one(tmp_path: Path) -> None:
    """Before anything is encoded."""
    store = small_store(tmp_path / "store", draw=False)

    with pytest.raises(UserError, match="signal has no bank of background videos; `ebr models bank signal` writes one"):
        CliRunner().invoke(evaluate, ["threshold", "signal", "--store", str(store.folder)], catch_exceptions=False)
