"""The clip writer gives real H.264 and AAC, and the same bytes each time."""

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.media.writer import write_clip


def _pictures(count: int = 12, size: tuple[int, int] = (64, 48)) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(1)
    ground = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
    return [np.roll(ground, step, axis=1) for step in range(count)]


def _tone(seconds: float, rate_hz: int) -> NDArray[np.float32]:
    times = np.arange(int(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def test_a_clip_has_an_h264_and_an_aac_stream_of_the_length_given(tmp_path: Path) -> None:
    """Whoever reads the corpus must meet what phones upload."""
    path = tmp_path / "clip.mp4"

    count = write_clip(path, _pictures(), 12, np.stack([_tone(1.0, 22_050)] * 2, axis=1), 22_050)

    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.height, video.width, audio.codec_context.layout.name) == (64, 48, "stereo")
        frames = list(container.decode(video=0))
    assert count == len(frames) == 12
    with av.open(str(path)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0))
    assert abs(heard / 22_050 - 1.0) < 0.1


def test_a_clip_without_a_waveform_has_no_audio_stream(tmp_path: Path) -> None:
    """A missing sound is a missing stream, not a silent one."""
    path = tmp_path / "mute.mp4"

    write_clip(path, iter(_pictures()), 12, None)

    with av.open(str(path)) as container:
        assert not container.streams.audio


def test_a_sound_longer_than_the_frames_is_kept_whole(tmp_path: Path) -> None:
    """The end of the pictures must not cut the sound."""
    path = tmp_path / "long.mp4"

    write_clip(path, _pictures(2), 12, _tone(2.0, 16_000), 16_000)

    with av.open(str(path)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0))
    assert heard >= 2.0 * 16_000


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    """A corpus is named by its seed, so nothing of the day or the machine's load may enter a file."""
    for name in ("one.mp4", "two.mp4"):
        write_clip(tmp_path / name, _pictures(), 12, _tone(1.0, 22_050), 22_050, 30)

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize(
    ("pictures", "waveform", "words"),
    [
        ([], None, "at least one frame"),
        (_pictures(size=(63, 48)), None, "even"),
        ([*_pictures(1), *_pictures(1, (32, 48))], None, "one size"),
        ([np.zeros((64, 48), np.uint8)], None, "uint8"),
        (_pictures(1), np.zeros((4, 3), np.float32), "waveform"),
        (_pictures(1), np.zeros(0, np.float32), "waveform"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(
    tmp_path: Path, pictures: list[NDArray[np.uint8]], waveform: NDArray[np.float32] | None, words: str
) -> None:
    """The codec's own message would not say which argument is wrong."""
    with pytest.raises(ValueError, match=words):
        write_clip(tmp_path / "bad.mp4", pictures, 12, waveform)


@pytest.mark.parametrize(("rate", "crf"), [(0, 26), (12, 52), (12, -1)])
def test_a_rate_or_factor_out_of_range_is_refused(tmp_path: Path, rate: int, crf: int) -> None:
    """Zero frames a second would hang the clock of the file; a factor beyond 51 does not exist."""
    with pytest.raises(ValueError, match="crf"):
        write_clip(tmp_path / "bad.mp4", _pictures(), rate, None, crf=crf)
