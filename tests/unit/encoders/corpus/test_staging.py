"""Posts drawn as samples are what the written file would have been decoded to."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encoders import Caption, Frames, Modality, Waveform
from encoders.corpus import (
    CorpusSettings,
    FolderNotEmpty,
    Post,
    Section,
    draw_taxonomy,
    generate_trends,
    posts_of,
    read_truth,
    samples_of,
)
from encoders.corpus.edits import Edit
from encoders.corpus.staging import write_post
from encoders.media import MediaLimits, decode_media, frames_from_jpeg, waveform_from_pcm

_TINY = CorpusSettings(
    posts_a_leaf=1, originals=4, copies=2, copies_of_copies=2, hard_negatives=4, background=6, bank=5
)
_TAXONOMY = draw_taxonomy(7)


def _posts() -> list[Post]:
    return list(posts_of(_TAXONOMY, _TINY, Section.TEST))


def _small(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(Image.fromarray(image).resize((36, 64), Image.Resampling.BOX), dtype=np.float64)


@pytest.mark.parametrize("edit", [None, Edit.CROP])
def test_samples_look_and_sound_like_the_decoded_file(tmp_path: Path, edit: Edit | None) -> None:
    """Frame by frame and band by band; another post is far away."""
    edits = () if edit is None else (edit,)
    posts = [post for post in _posts() if post.take.has_sound and post.edits[:1] == edits]
    post, other = posts[0], posts[-1]
    write_post(post, tmp_path / "post.mp4")
    media = decode_media(str(tmp_path / "post.mp4"), MediaLimits())
    decoded = frames_from_jpeg(media.frames).images
    assert media.waveform is not None
    heard = waveform_from_pcm(media.waveform).samples

    samples, strange = samples_of(post, width_px=96), samples_of(other, width_px=96)

    drawn, sound = samples[Modality.FRAMES], samples[Modality.AUDIO]
    assert isinstance(drawn, Frames)
    assert isinstance(sound, Waveform)
    assert len(drawn.images) == len(decoded) == 8
    near = [np.abs(_small(one) - _small(two)).mean() for one, two in zip(drawn.images, decoded, strict=True)]
    far_frames = strange[Modality.FRAMES]
    assert isinstance(far_frames, Frames)
    far = [np.abs(_small(one) - _small(two)).mean() for one, two in zip(far_frames.images, decoded, strict=True)]
    assert np.mean(near) < 14
    assert np.mean(near) < 0.5 * np.mean(far)
    assert abs(len(heard) - len(sound.samples)) < 2048
    length = min(len(heard), len(sound.samples))
    spectra = [np.abs(np.fft.rfft(wave[:length])) for wave in (heard, sound.samples)]
    assert np.corrcoef(spectra)[0, 1] > 0.8


def test_samples_have_the_modalities_of_the_post() -> None:
    """At the width asked for; the same post gives the same samples."""
    for post in _posts()[::40]:
        samples, again = samples_of(post, width_px=48, frames=3), samples_of(post, width_px=48, frames=3)

        frames, words = samples[Modality.FRAMES], samples.get(Modality.TEXT)
        assert isinstance(frames, Frames)
        assert [image.shape for image in frames.images] == [(85, 48, 3)] * 3
        assert (Modality.AUDIO in samples) == post.take.has_sound
        assert words == (None if post.caption is None else Caption(post.caption))
        repeated = again[Modality.FRAMES]
        assert isinstance(repeated, Frames)
        assert all((one == two).all() for one, two in zip(frames.images, repeated.images, strict=True))


def test_sections_are_written_as_files_with_their_truth(tmp_path: Path) -> None:
    """The bank: posts of no trend, each with its section and its group, readable by every reader of a corpus."""
    reports: list[tuple[int, int]] = []

    summary = generate_trends(
        tmp_path, settings=_TINY, sections=[Section.BANK], progress=lambda done, total: reports.append((done, total))
    )

    truths = read_truth(tmp_path)
    assert summary.posts == len(truths) == 5
    assert reports[-1] == (5, 5)
    assert {truth.section for truth in truths} == {"bank"}
    assert len({truth.group for truth in truths}) == 5
    for truth in truths:
        assert (tmp_path / truth.path).with_suffix(".txt").exists() == (truth.caption is not None)
        assert decode_media(str(tmp_path / truth.path), MediaLimits(frames=2)).frames
    assert summary.without_caption == sum(truth.caption is None for truth in truths)
    assert summary.media_bytes > 0


def test_files_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    """A slip in the path must not cost anybody a file."""
    (tmp_path / "thesis.docx").write_bytes(b"years of work")

    with pytest.raises(FolderNotEmpty, match=r"thesis\.docx"):
        generate_trends(tmp_path, settings=_TINY, sections=[Section.BANK])
