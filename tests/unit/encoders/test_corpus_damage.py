"""No damaged file gives a decoder anything, whatever the chance behind it."""

from pathlib import Path

import av
import numpy as np
import pytest
from av.error import FFmpegError

from encoders.corpus.damage import Damage, spoil
from encoders.media.writer import write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole clip with sound, so that a cut has something to lose."""
    path = tmp_path_factory.mktemp("clip") / "whole.mp4"
    pictures = np.random.default_rng(0).integers(0, 255, (24, 64, 48, 3), dtype=np.uint8)
    write_clip(path, iter(pictures), 12, np.full(32_000, 0.1, np.float32), 16_000)
    return path.read_bytes()


@pytest.mark.parametrize("damage", Damage)
@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_decodes_to_nothing(tmp_path: Path, clip: bytes, damage: Damage, seed: int) -> None:
    """Neither with the format that its name says nor with a guessed one."""
    path = tmp_path / "post.mp4"
    path.write_bytes(spoil(damage, clip, np.random.default_rng(seed)))

    heard_or_seen = 0
    try:
        with av.open(str(path)) as container:
            for packet in container.demux():
                heard_or_seen += len(packet.decode())
    except (FFmpegError, ValueError):
        pass

    assert heard_or_seen == 0


def test_the_cut_file_begins_as_the_whole_one_does(clip: bytes) -> None:
    """It is a broken upload, not noise: half of the data is there, the index is not."""
    cut = spoil(Damage.NO_INDEX, clip, np.random.default_rng(0))

    assert clip.startswith(cut)
    assert b"mdat" in cut
    assert b"moov" not in cut


def test_a_clip_with_its_index_first_is_refused() -> None:
    """A cut behind the index would leave a file that plays."""
    with pytest.raises(ValueError, match="before its index"):
        spoil(Damage.NO_INDEX, (8).to_bytes(4, "big") + b"moov", np.random.default_rng(0))
