"""Tests of `ebr evaluate complement`: what it writes and prints."""

import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from streams.cli.evaluate import evaluate
from streams.complement.report import read_complement


def test_it_writes_a_page_from_lines(tmp_path: Path) -> None:
    """Markdown, JSON, picture, with the conditions; the same again for the same file."""
    rng = np.random.default_rng(0)
    file = tmp_path / "judged.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(300):
            truth = bool(rng.random() < 0.2)
            scores = {"violence": truth + rng.normal(), "drugs": float(rng.normal())}
            near = truth + float(rng.normal())
            row = {"video_id": f"v{number}", "truth": truth, "classifier_scores": scores, "retrieval_score": near}
            lines.write(json.dumps(row) + "\n")
    words = ["complement", str(file), "--label", "violence", "--budget", "0.1", "--budget", "0.3"]
    words += ["--about", "Made by chance.", "--resamples", "20", "--out", str(tmp_path / "out")]

    shown = CliRunner().invoke(evaluate, words, catch_exceptions=False)
    told = json.loads(CliRunner().invoke(evaluate, [*words, "--json"], catch_exceptions=False).stdout)

    report = read_complement(tmp_path / "out" / "complement.json")
    assert [one.reviews for one in report.catches] == [30, 90]
    assert (report.videos, report.classified, report.compared, report.made.label) == (300, 300, 300, "violence")
    assert [one["together"]["value"] for one in told["catches"]] == [one.together.value for one in report.catches]
    page = (tmp_path / "out" / "complement.md").read_text(encoding="utf-8")
    assert "`ebr evaluate complement judged.jsonl --budget=0.1 --budget=0.3 --label=violence`" in page
    assert report.digest[:16] in page
    assert "\nMade by chance.\n" in page
    assert "| 30 (10 %) |" in page
    assert (tmp_path / "out" / "complement.png").read_bytes().startswith(b"\x89PNG")
    assert "resampling: 20 of 20" in shown.stderr
    assert str(tmp_path / "out" / "complement.md") in shown.stdout
