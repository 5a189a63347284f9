"""The generated corpus is real media, deterministic by seed, with the roles that it promises."""

from collections import Counter
from pathlib import Path

import av
import pytest
from av.error import FFmpegError

from encoders.corpus import CorpusSummary, FolderNotEmpty, Role, Truth, generate, read_truth

_POSTS, _TRENDS = 24, 2


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> CorpusSummary:
    """One small corpus for all tests of this file."""
    return generate(tmp_path_factory.mktemp("corpus"), posts=_POSTS, trends=_TRENDS, seed=7)


def _decoded(path: Path, kind: str) -> int:
    """Return how many frames of a kind a file gives before it ends or fails."""
    count = 0
    try:
        with av.open(str(path)) as container:
            for packet in container.demux([stream for stream in container.streams if stream.type == kind]):
                count += len(packet.decode())
    except (FFmpegError, ValueError, IndexError):
        pass
    return count


def _with_role(folder: Path, *roles: Role) -> list[Truth]:
    return [truth for truth in read_truth(folder) if truth.role in roles]


def test_the_same_seed_gives_the_same_bytes(corpus: CorpusSummary, tmp_path: Path) -> None:
    """A number measured on a corpus must be measurable again from its seed alone."""
    generate(tmp_path, posts=_POSTS, trends=_TRENDS, seed=7)

    first = {path.name: path.read_bytes() for path in corpus.folder.iterdir()}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_the_summary_counts_what_is_in_the_manifest(corpus: CorpusSummary) -> None:
    """The summary is what the command line prints; it must not differ from the files."""
    truths = read_truth(corpus.folder)

    assert corpus.posts == len(truths) == _POSTS
    assert corpus.roles == Counter(truth.role for truth in truths)
    assert len(corpus.trends) == _TRENDS
    assert corpus.media_bytes == sum(path.stat().st_size for path in corpus.folder.glob("*.mp4"))


def test_every_undamaged_post_decodes_to_portrait_frames(corpus: CorpusSummary) -> None:
    """A post that no decoder reads would be counted as lost."""
    whole = [truth for truth in read_truth(corpus.folder) if truth.role is not Role.DAMAGED]

    for truth in whole:
        with av.open(str(corpus.folder / truth.path)) as container:
            video = container.streams.video[0]
            assert video.codec_context.name == "h264"
            assert video.height > video.width
            assert {stream.codec_context.name for stream in container.streams.audio} <= {"aac"}
        assert 36 <= _decoded(corpus.folder / truth.path, "video") <= 60


def test_seeds_and_hard_negatives_have_sound_and_caption(corpus: CorpusSummary) -> None:
    """A flipped factor can only be judged where its modality is there."""
    for truth in _with_role(corpus.folder, Role.SEED, Role.HARD_NEGATIVE):
        assert truth.caption
        assert _decoded(corpus.folder / truth.path, "audio") > 0


def test_four_posts_are_damaged_and_give_neither_frame_nor_sound(corpus: CorpusSummary) -> None:
    """They must become dead letters; one frame out of them would make them embedded."""
    damaged = _with_role(corpus.folder, Role.DAMAGED)

    assert len(damaged) == 4
    assert sum((corpus.folder / truth.path).stat().st_size == 0 for truth in damaged) == 1
    for truth in damaged:
        assert _decoded(corpus.folder / truth.path, "video") == 0
        assert _decoded(corpus.folder / truth.path, "audio") == 0


def test_a_caption_lies_beside_its_post_and_a_missing_one_has_no_file(corpus: CorpusSummary) -> None:
    """A folder of media with sidecar captions is what is published."""
    for truth in read_truth(corpus.folder):
        sidecar = (corpus.folder / truth.path).with_suffix(".txt")
        assert sidecar.is_file() == (truth.caption is not None)
        if truth.caption is not None:
            assert sidecar.read_text("utf-8").rstrip("\n") == truth.caption


def test_the_id_tells_nothing_of_the_role(corpus: CorpusSummary) -> None:
    """Ids are numbers in a shuffled order, so both halves of the corpus hold positives."""
    truths = read_truth(corpus.folder)

    assert [truth.id for truth in truths] == [f"post-{number:04d}" for number in range(1, _POSTS + 1)]
    halves = (truths[: _POSTS // 2], truths[_POSTS // 2 :])
    assert all(any(truth.role is Role.POSITIVE for truth in half) for half in halves)


def test_a_new_corpus_replaces_an_old_one(tmp_path: Path) -> None:
    """No post of an earlier run may stay behind and be published with the new ones."""
    reports: list[tuple[int, int]] = []
    (tmp_path / "post-9999.mp4").write_bytes(b"old")
    (tmp_path / "post-9999.txt").write_text("old")
    (tmp_path / "truth.jsonl").write_text("old")

    generate(tmp_path, posts=12, trends=1, seed=1, progress=lambda done, total: reports.append((done, total)))

    assert not (tmp_path / "post-9999.mp4").exists()
    assert not (tmp_path / "post-9999.txt").exists()
    assert reports == [(number, 12) for number in range(1, 13)]


def test_a_folder_with_files_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """A slip in the path must not cost anybody a file."""
    (tmp_path / "post-0001.mp4").write_bytes(b"mine?")
    (tmp_path / "thesis.docx").write_bytes(b"years of work")

    with pytest.raises(FolderNotEmpty, match=r"thesis\.docx"):
        generate(tmp_path, posts=12, trends=1)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["post-0001.mp4", "thesis.docx"]
