"""Tests of samples read back from a message."""

import io

import numpy as np
import pytest
from PIL import Image

from encoders.errors import MediaError, SampleError
from encoders.media import frames_from_jpeg, waveform_from_pcm
from encoders.media.audio import to_pcm


def jpeg(width: int, height: int, kind: str = "JPEG") -> bytes:
    """Write a red picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 10, 10)).save(out, kind)
    return out.getvalue()


def test_pictures_come_back_in_order_with_their_sizes() -> None:
    """Pictures of one clip may differ in size."""
    frames = frames_from_jpeg((jpeg(8, 4), jpeg(3, 5)))

    assert [image.shape for image in frames.images] == [(4, 8, 3), (5, 3, 3)]
    assert frames.images[0].dtype == np.uint8


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "undecodable"),
        (jpeg(8, 8)[:60], "undecodable"),
        (jpeg(8, 8, "PNG"), "undecodable"),
        (jpeg(2000, 2000), "too_many_pixels"),
    ],
    ids=["empty", "cut", "png", "bomb"],
)
def test_what_we_did_not_write_is_refused(data: bytes, reason: str) -> None:
    """Only small JPEGs are read back; other formats are other parsers."""
    with pytest.raises(MediaError) as caught:
        frames_from_jpeg((data,))

    assert caught.value.reason == reason


def test_no_picture_is_no_sample() -> None:
    """A missing modality is left out, not empty."""
    with pytest.raises(SampleError):
        frames_from_jpeg(())


def test_sound_survives_the_way_there_and_back() -> None:
    """int16 keeps sound within two levels of 65536; an odd last byte is dropped."""
    sound = np.linspace(-1, 1, 101, dtype=np.float32)

    back = waveform_from_pcm(to_pcm(sound) + b"\x00", 8_000)

    assert back.rate_hz == 8_000
    assert np.abs(back.samples - sound).max() < 1e-4


def test_broken_sound_becomes_finite() -> None:
    """NaN is silence; what is louder than full scale is clipped."""
    pcm = to_pcm(np.array([np.nan, np.inf, -np.inf, 3.0], np.float32))

    assert np.frombuffer(pcm, "<i2").tolist() == [0, 32767, -32767, 32767]
