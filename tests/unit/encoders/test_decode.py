"""Tests of decoding whole and hostile files in this process."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encoders.errors import MediaError
from encoders.media import DecodedMedia, MediaLimits, decode_media, waveform_from_pcm
from tests.support.media import tune, turned, without_index, write_clip


def sizes(media: DecodedMedia) -> set[tuple[int, int]]:
    """Return the sizes of the pictures."""
    return {Image.open(io.BytesIO(frame)).size for frame in media.frames}


def reason(path: Path, limits: MediaLimits | None = None) -> str:
    """Return why a file is refused."""
    with pytest.raises(MediaError) as caught:
        decode_media(str(path), limits)
    return caught.value.reason


def test_a_clip_gives_eight_pictures_with_its_sound(tmp_path: Path) -> None:
    """One key frame is too few, so the pictures are uniform; the longer side has 224 px."""
    media = decode_media(str(write_clip(tmp_path / "a.mp4", sound=tune(1))))

    assert len(media.frames) == 8
    assert media.sampling == "uniform"
    assert sizes(media) == {(224, 168)}
    assert media.duration_seconds == pytest.approx(2.0, abs=0.1)
    assert media.waveform is not None
    heard = waveform_from_pcm(media.waveform, media.rate_hz).samples
    assert len(heard) == pytest.approx(32_000, abs=2_048)
    assert np.abs(heard).max() > 0.05


def test_enough_key_frames_are_taken_alone(tmp_path: Path) -> None:
    """Forty pictures with a key frame every second one: eight different key frames."""
    media = decode_media(str(write_clip(tmp_path / "k.mp4", seconds=4, gop=2)))

    assert media.sampling == "key"
    assert len(set(media.frames)) == 8
    assert media.waveform is None


@pytest.mark.parametrize("name", ["v.webm", "v.mkv", "v.ts", "v.avi", "v.mov", "v.flv"])
def test_other_containers_are_read(tmp_path: Path, name: str) -> None:
    """Producers send what phones and tools write."""
    assert len(decode_media(str(write_clip(tmp_path / name, seconds=1))).frames) == 8


def test_one_frame_is_enough(tmp_path: Path) -> None:
    """A still picture as a video."""
    media = decode_media(str(write_clip(tmp_path / "one.mp4", seconds=0.1)))

    assert len(media.frames) == 1


def test_sound_alone_is_enough_though_only_its_start_is_kept(tmp_path: Path) -> None:
    """Twelve seconds come in, ten are kept."""
    media = decode_media(str(write_clip(tmp_path / "a.m4a", number=None, sound=tune(2, 12.0))))

    assert media.frames == ()
    assert media.sampling == "none"
    assert media.waveform is not None
    assert len(media.waveform) == 2 * 160_000


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    """What was never there is not invented; a strange aspect is kept."""
    assert sizes(decode_media(str(write_clip(tmp_path / "s.mp4", size=(16, 2))))) == {(16, 2)}
    assert sizes(decode_media(str(write_clip(tmp_path / "t.mp4", size=(448, 2), seconds=0.5)))) == {(224, 1)}


def test_a_phone_held_upright_gives_upright_pictures(tmp_path: Path) -> None:
    """The display matrix turns by 90 degrees clockwise: what was at the left is at the top."""
    flat = write_clip(tmp_path / "flat.mp4")
    upright = decode_media(str(turned(flat, tmp_path / "up.mp4")))
    before = np.asarray(Image.open(io.BytesIO(decode_media(str(flat)).frames[0])), dtype=int)

    after = np.asarray(Image.open(io.BytesIO(upright.frames[0])), dtype=int)

    assert after.shape == (224, 168, 3)
    assert np.abs(after - np.rot90(before, k=-1)).mean() < 4


def test_a_file_that_breaks_off_gives_what_comes_before(tmp_path: Path) -> None:
    """A transport stream needs no index: half of it is half a video."""
    whole = write_clip(tmp_path / "whole.ts", seconds=4, gop=5).read_bytes()
    half = tmp_path / "half.ts"
    half.write_bytes(whole[: len(whole) // 2])

    assert len(decode_media(str(half)).frames) > 0


def test_damage_in_the_middle_costs_only_what_it_hits(tmp_path: Path) -> None:
    """Noise over a tenth of the pictures leaves the others."""
    data = bytearray(write_clip(tmp_path / "a.mp4", seconds=4, gop=2, sound=tune(1)).read_bytes())
    start = len(data) // 3
    data[start : start + len(data) // 10] = np.random.RandomState(1).bytes(len(data) // 10)
    hurt = tmp_path / "hurt.mp4"
    hurt.write_bytes(bytes(data))

    media = decode_media(str(hurt))

    assert len(media.frames) >= 4
    assert media.waveform is not None


def test_what_is_no_media_is_named(tmp_path: Path) -> None:
    """Each kind of bad file has a word of its own."""
    whole = write_clip(tmp_path / "whole.mp4")
    (tmp_path / "zero.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("This is a letter. " * 500)
    (tmp_path / "noise.mp4").write_bytes(np.random.RandomState(2).bytes(100_000))
    os.mkfifo(tmp_path / "pipe.mp4")

    assert reason(tmp_path / "zero.mp4") == "empty"
    assert reason(tmp_path / "text.mp4") == "not_media"
    assert reason(tmp_path / "noise.mp4") in {"not_media", "no_frame_or_sound"}
    assert reason(tmp_path / "pipe.mp4") == "not_media"
    assert reason(tmp_path) == "not_media"
    assert reason(tmp_path / "absent.mp4") == "unreadable"
    assert reason(without_index(whole, tmp_path / "cut.mp4")) == "truncated"


def test_a_playlist_is_not_followed(tmp_path: Path) -> None:
    """A file that names another file would read what its uploader may not."""
    clip = write_clip(tmp_path / "secret.ts")
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{clip}\n#EXT-X-ENDLIST\n")
    (tmp_path / "concat.mp4").write_text(f"ffconcat version 1.0\nfile {clip}\n")

    assert reason(tmp_path / "list.mp4") == "not_media"
    assert reason(tmp_path / "concat.mp4") == "not_media"


def test_a_name_that_looks_like_an_address_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No path can make the decoder speak to a network or read a number of files."""
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip%03d.mp4", seconds=0.3)

    assert reason(Path("http://127.0.0.1:1/a.mp4")) == "unreadable"
    assert len(decode_media("clip%03d.mp4").frames) == 3


def test_every_limit_has_its_reason(tmp_path: Path) -> None:
    """What a file claims is checked before it is decoded."""
    clip = write_clip(tmp_path / "a.mp4", sound=tune(1))

    assert reason(clip, MediaLimits(bytes=1_000)) == "too_large"
    assert reason(clip, MediaLimits(duration_seconds=1.0)) == "too_long"
    assert reason(clip, MediaLimits(pixels=320 * 240 - 1)) == "too_many_pixels"
    assert reason(clip, MediaLimits(streams=1)) == "too_many_streams"


def test_a_track_of_claims_without_content_is_neither_frame_nor_sound(tmp_path: Path) -> None:
    """The index stands, the pictures are gone: nothing can be had."""
    data = bytearray(write_clip(tmp_path / "a.mp4").read_bytes())
    start = data.index(b"mdat") + 4
    end = data.rindex(b"moov") - 4
    data[start:end] = bytes(end - start)
    hollow = tmp_path / "hollow.mp4"
    hollow.write_bytes(bytes(data))

    assert reason(hollow) == "no_frame_or_sound"


def test_the_same_file_gives_the_same_samples(tmp_path: Path) -> None:
    """A replay must not change a video."""
    clip = write_clip(tmp_path / "a.mp4", sound=tune(3), seconds=1)

    assert decode_media(str(clip)) == decode_media(str(clip))
