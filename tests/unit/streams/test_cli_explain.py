"""`ebr explain`: two files side by side, as a picture, as text, as JSON."""

import json
from pathlib import Path

import pytest
from PIL import Image

from streams.cli.main import main
from tests.support.media import tune, write_clip


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Make a video, a seed like it without sound, two strangers and a file that is no video."""
    write_clip(tmp_path / "video.mp4", number=1, sound=tune(1))
    (tmp_path / "video.txt").write_text("it costs $5 or \\frac{1} of 一起 $x$")
    write_clip(tmp_path / "seed.mp4", number=1)
    (tmp_path / "seed.txt").write_text("it costs $5")
    harmless = tmp_path / "harmless"
    harmless.mkdir()
    for number in (2, 3):
        write_clip(harmless / f"stranger-{number}.mp4", number=number, sound=tune(number))
    (harmless / "torn.mp4").write_bytes(b"no video")
    return tmp_path


def explained(clips: Path, *words: str) -> int:
    """Run the verb on the clips by the signal suite."""
    paths = [str(clips / "video.mp4"), str(clips / "seed.mp4"), "--out", str(clips / "out.png")]
    return main(["explain", *paths, "--suite", "signal", *words])


def test_it_draws_and_tells(clips: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Every part is in the text; a caption of dollars and foreign signs is drawn, not read as a formula."""
    assert explained(clips, "--negatives", str(clips / "harmless")) == 0

    out, err = capfd.readouterr()
    assert "seed.mp4: no sound" in out
    assert "nearest negative stranger-" in out
    assert out.count("is like frame") == 4
    assert "of 2 in" in out
    assert "torn.mp4" in err
    assert "left out" in err
    with Image.open(clips / "out.png") as picture:
        assert min(picture.size) > 400
        assert picture.convert("L").getextrema() == (0, 255)


def test_json_has_the_same_facts(clips: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A score or why there is none, of each modality; a margin is a difference of two scores that are told."""
    assert explained(clips, "--negatives", str(clips / "harmless"), "--json") == 0

    told = json.loads(capfd.readouterr().out)
    assert told["model_id"] == "signal-1"
    assert told["modalities"]["audio"] == {"score": None, "missing": "seed.mp4: no sound"}
    assert told["modalities"]["frames"]["score"] > 0.99
    assert told["frame_pairs"][0]["score"] > 0.99
    assert told["negative"]["name"] in {"stranger-2.mp4", "stranger-3.mp4"}
    assert told["margin"] == pytest.approx(told["score"] - told["negative"]["score"], abs=1e-6)
    assert told["score"] > told["negative"]["score"]


def test_negatives_are_generated_where_none_are_given(clips: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """So that a score is never told alone."""
    assert explained(clips, "--json") == 0

    told = json.loads(capfd.readouterr().out)
    assert told["negative"]["of"] == "24 generated posts"
    assert told["negative"]["score"] < told["score"]


def test_the_two_are_no_negatives_of_each_other(clips: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder may hold them."""
    assert explained(clips, "--negatives", str(clips), "--json") == 0

    assert json.loads(capfd.readouterr().out)["negative"]["of"].startswith("2 in ")


def test_a_video_that_says_nothing_is_an_error_of_the_reader(
    clips: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """There is nothing to compare."""
    (tmp_path / "suite.toml").write_text('name = "words"\n[text]\nsource = "signal"')
    (clips / "seed.txt").unlink()

    assert explained(clips, "--suite", str(tmp_path / "suite.toml")) == 2

    assert "seed.mp4 says nothing" in capfd.readouterr().err


def test_sound_and_words_are_explained_without_a_picture(clips: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A file of sound only, no negative but the two themselves: what is missing is said in the picture's places."""
    alone = clips / "alone"
    alone.mkdir()
    for name in ("one.mp4", "two.mp4"):
        write_clip(alone / name, number=None, sound=tune(1))
    words = [str(alone / "one.mp4"), str(alone / "two.mp4"), "--out", str(clips / "out.png"), "--suite", "signal"]

    assert main(["explain", *words, "--negatives", str(alone)]) == 0

    out = capfd.readouterr().out
    assert "both: no picture" in out
    assert "both: no caption" in out
    assert "like frame" not in out
    assert "nearest negative" not in out
    with Image.open(clips / "out.png") as picture:
        assert min(picture.size) > 400


def test_a_file_that_is_no_video_is_refused_in_one_line(clips: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the reason that its dead letter would have."""
    torn = str(clips / "harmless" / "torn.mp4")

    assert main(["explain", torn, torn, "--suite", "signal"]) == 1

    err = capfd.readouterr().err
    assert "not_media" in err
    assert err.count("\n") == 1
