"""`ebr bench encode` at a size that takes seconds: every measure is there, whatever the figures."""

import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from encoders.corpus import Post
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Waveform
from streams.bench.encoding import course, posts
from streams.bench.encoding.figures import EncodeFigures, Pass
from streams.bench.encoding.posts import draw_posts
from streams.bench.encoding.report import EncodeReport
from streams.cli.main import main
from tests.support.media import scene, tune
from tests.support.trained import tiny_suite

WORDS = ("--videos", "3", "--rounds", "2", "--positives", "8")
RECIPE = """
name = "small"
steps = 1
[[towers]]
kind = "text"
buckets = 64
width = 8
hidden = 8
dimension = 8
[[towers]]
kind = "audio"
windows = 16
width = 8
stages = 1
dimension = 8
[[towers]]
kind = "frames"
pixels = 8
pictures = 1
width = 8
stages = 1
dimension = 8
[[losses]]
loss = "supce"
[sampling]
kind = "leaf"
leaves = 2
posts = 2
[data]
kind = "generated"
leaves = 2
held_out = 2
posts = 7
[optimiser]
warmup = 0
"""


def sketch(post: Post, *, width_px: int) -> dict[Modality, Sample]:
    """Make samples in no time: posts of one leaf and role look alike, sound alike and say the same."""
    said = f"{post.leaf} {post.role}" if post.leaf is not None else post.id
    number = zlib.crc32(said.encode()) % 10_000
    samples: dict[Modality, Sample] = {
        Modality.FRAMES: Frames((scene(number, 0.5, width_px // 4, 48),) * 2),
        Modality.AUDIO: Waveform(tune(number, 0.3)),
    }
    return samples if post.caption is None else {**samples, Modality.TEXT: Caption(f"{said} {number}")}


@pytest.fixture(autouse=True)
def sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be drawn: drawing is tested with the corpus."""
    monkeypatch.setattr(posts, "samples_of", sketch)


def measured(out: Path, *words: str) -> EncodeFigures:
    """Run the verb; return what it wrote."""
    assert main(["bench", "encode", *WORDS, "--out", str(out), *words]) == 0
    return msgspec.json.decode((out / "encode.json").read_bytes(), type=EncodeReport).figures


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one small run of a trained suite."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(posts, "samples_of", sketch)
        measured(folder, "--suite", str(tiny_suite(folder / "suite")))
    return folder


def test_all_runtimes_take_turns_at_every_batch(out: Path) -> None:
    """Two rounds of six batches for each of three; the vectors of ONNX Runtime are those of torch."""
    figures = msgspec.json.decode((out / "encode.json").read_bytes(), type=EncodeReport).figures

    assert [(one.batch, one.runtime) for one in figures.passes] == 2 * [
        (batch, runtime) for batch in (1, 2, 4, 8, 16, 32) for runtime in ("torch", "bf16", "onnx")
    ]
    assert all(one.videos == 3 and one.cpu_seconds > 0 for one in figures.passes)
    assert all(list(one.parts) == ["frames", "audio", "text", "fusion"] for one in figures.passes)
    by_torch, rounded, by_onnx = figures.qualities
    assert by_torch.moved == 0.0
    assert by_onnx.moved < 1e-4
    assert by_onnx.model_id == by_torch.model_id == figures.model_id != rounded.model_id
    assert by_onnx.pr_auc == pytest.approx(by_torch.pr_auc, abs=1e-3)
    assert figures.read_seconds > 0
    assert not figures.untrained


def test_the_page_shows_speed_quality_and_goals(out: Path) -> None:
    """What is published is the page with its picture."""
    page = (out / "encode.md").read_text(encoding="utf-8")

    assert "| ONNX Runtime, float32 |" in page
    assert "PR-AUC at 6 %" in page
    assert "sha256 `" in page
    goals = [line for line in page.split("#### Goals")[1].splitlines() if line.endswith((" met |", " missed |"))]
    assert len(goals) == 2
    assert (out / "encode.png").read_bytes().startswith(b"\x89PNG")


def test_a_suite_without_a_network_is_measured_once(tmp_path: Path) -> None:
    """The others are refused with a reason; trends that are easy are found, so quality is no empty word."""
    figures = measured(tmp_path, "--suite", "signal")

    assert figures.runtimes == ["torch"]
    assert set(figures.refused) == {"bf16", "onnx"}
    assert figures.qualities[0].pr_auc > 0.95
    assert "Not measured: ONNX Runtime" in (tmp_path / "encode.md").read_text(encoding="utf-8")


def test_untrained_towers_are_said_to_be_untrained(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody may take them for what ships; two towers of one modality are a mistake."""
    recipe = tmp_path / "small.toml"
    recipe.write_text(RECIPE)

    figures = measured(tmp_path, "--untrained", str(recipe))

    assert figures.untrained
    assert figures.suite == "untrained"
    assert set(figures.dimensions) == {"frames", "audio", "text"}
    assert "drawn at random" in (tmp_path / "encode.md").read_text(encoding="utf-8")
    assert main(["bench", "encode", *WORDS, "--out", str(tmp_path), "--untrained", f"{recipe},{recipe}"]) == 2
    assert "more than one tower" in capfd.readouterr().err


def test_a_slow_pass_ends_after_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts what it did."""
    monkeypatch.setattr(course, "_PASS_SECONDS", 0.0)

    figures = measured(tmp_path, "--suite", "signal", "--rounds", "1")

    assert [one.videos for one in figures.passes] == [1, 2, 3, 3, 3, 3]


def test_drawn_posts_are_the_development_trends() -> None:
    """As many positives and hard negatives of each as asked for; copies are in the group of their original."""
    drawn = draw_posts(8, 7, lambda _done, _all: None)
    again = draw_posts(8, 7, lambda _done, _all: None)

    assert len(drawn.trends.trends) == 5
    for trend in drawn.trends.trends:
        assert len(trend.positives) == 8
        assert len(trend.hard_negatives) == 8
        assert len(np.unique(drawn.trends.groups[trend.positives])) < 8
    assert len(drawn.trends.background) == 24
    assert drawn.sha256 == again.sha256 != draw_posts(8, 8, lambda _done, _all: None).sha256
    assert all(set(samples) == set(Modality) for samples in drawn.complete(500))
    assert len(drawn.complete(500)) == 500


def test_speeds_are_medians_over_rounds() -> None:
    """Of CPU time a video; one round that was disturbed does not count."""
    figures = EncodeFigures(
        suite="s",
        model_id="s-1",
        untrained=False,
        dimensions={},
        sha256="",
        videos=4,
        frames=8,
        rounds=3,
        batches=[1, 2],
        seed=7,
        posts=0,
        trends=0,
        positives=0,
        seeds=5,
        draws=20,
    )
    for cpu in (1.0, 2.0, 40.0):
        for batch in (1, 2):
            one = Pass(
                runtime="torch", batch=batch, videos=4, seconds=50.0, cpu_seconds=cpu / batch, parts={"text": cpu}
            )
            figures.passes.append(one)

    assert figures.speed("torch", 1) == 2.0
    assert figures.best("torch") == 2
    assert figures.clocked("torch", 2) == 0.08
    assert figures.parts("torch", 1) == {"text": 0.5}
