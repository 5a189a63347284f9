"""Tests of what stands out of the ground of a clip."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.samples import Frames
from encoders.towers.figure import CHANNELS, SIDE, Clip, figures_of, with_silhouettes
from encoders.towers.frames import FramesTower, FramesTowerSpec

Picture = NDArray[np.uint8]
GREEN, SAND, BLUE, RED = (40, 120, 60), (200, 180, 140), (30, 40, 200), (210, 30, 40)


def scene(ground: tuple[int, int, int], tone: tuple[int, int, int], *, bar: bool = False, side: int = 96) -> Frames:
    """Six pictures of a disc that crosses a grainy ground, under a bar of another colour if wanted."""
    rng = np.random.default_rng(3)
    down, across = np.mgrid[:side, :side] / side
    images = []
    for step in range(6):
        image = np.empty((side, side, 3), dtype=np.float64)
        image[:] = ground
        image[np.hypot(across - 0.2 - 0.12 * step, down - 0.45) < 0.16] = tone
        if bar:
            image[: side // 8] = RED
            image[side // 24 : side // 12, side // 4 : 3 * side // 4 : 4] = 0  # as letters
        images.append(np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8))
    return Frames(tuple(images))


@pytest.mark.parametrize("bar", [False, True], ids=["bare", "captioned"])
@pytest.mark.parametrize(("ground", "tone"), [(GREEN, SAND), (SAND, BLUE), (BLUE, RED)])
def test_a_figure_fills_its_cut_out_whatever_the_colours(
    ground: tuple[int, int, int], tone: tuple[int, int, int], bar: bool
) -> None:
    """The silhouette is the disc: full in the middle, nothing in the corners; the colours are those of the disc."""
    cut = figures_of(Clip(scene(ground, tone, bar=bar).images), 3, 40)

    assert cut.shape == (3, 40, 40, CHANNELS)
    assert np.abs(cut[:, 15:25, 15:25, :3].mean(axis=(0, 1, 2)) - tone).max() < 12
    assert cut[:, 15:25, 15:25, 3].mean() > 200
    for corner in (cut[:, :3, :3, 3], cut[:, -3:, -3:, 3]):
        assert corner.mean() < 60
    assert (cut[..., 3] > 128).any(axis=1).mean() > 0.7  # from side to side


def test_silhouettes_do_not_depend_on_the_colours() -> None:
    """That is what they are for: the same scene in other colours has about the same silhouette."""
    one, other = (
        with_silhouettes(Clip(scene(*colours).images), 32)[..., 3] for colours in ((GREEN, SAND), (SAND, BLUE))
    )

    assert ((one > 128) == (other > 128)).mean() > 0.97


def test_whole_pictures_stay_in_their_order() -> None:
    """The disc goes from left to right."""
    beside = with_silhouettes(Clip(scene(GREEN, SAND).images), 32)
    middles = [np.argwhere(one[..., 3] > 128)[:, 1].mean() for one in beside]

    assert beside.shape == (6, 32, 32, CHANNELS)
    assert middles == sorted(middles)


def test_the_whole_picture_is_taken_where_nothing_stands_out() -> None:
    """One colour all over has no figure; more cut-outs than pictures repeat the last."""
    plain = np.full((50, 30, 3), 90, dtype=np.uint8)
    cut = figures_of(Clip([plain]), 2, 24)

    assert cut.shape == (2, 24, 24, CHANNELS)
    assert np.array_equal(cut[0], cut[1])
    assert cut[0, 12, 12].tolist() == [90, 90, 90, 0]


def test_a_figure_is_seen_alike_at_any_size() -> None:
    """A clip of 96 pixels and one of 288 give about the same cut-outs: what trains and what serves differ in size."""
    small, large = (figures_of(Clip(scene(GREEN, SAND, side=side).images), 1, 32) for side in (SIDE, 3 * SIDE))

    assert np.abs(small.astype(float) - large.astype(float)).mean() < 12


def test_without_order_training_looks_at_one_picture_and_serving_at_all() -> None:
    """The vector is the one of the mean over pictures: their order does not matter."""
    tower = FramesTower(FramesTowerSpec(pixels=16, pictures=4, width=8, stages=1, dimension=8, order=False))
    prepared = tower.prepare(scene(GREEN, SAND))
    assert prepared is not None
    tower.eval()
    there, back = (tower(*tower.collate([pictures])) for pictures in (prepared, prepared[::-1]))
    each = [tower(*tower.collate([prepared[place : place + 1]])) for place in range(4)]
    tower.train()
    chosen = [tower(*tower.collate([prepared])) for _ in range(12)]

    assert (there - back).abs().max() < 1e-5
    assert (sum(each) / 4 - there).abs().max() < 1e-4
    assert all(min((one - single).abs().max() for single in each) < 1e-5 for one in chosen)


def test_parts_of_a_joined_tower_look_at_a_clip_once() -> None:
    """All pictures in their order are the same clip; others are another one."""
    clip = Clip(scene(GREEN, SAND).images)

    assert clip.of(range(len(clip.images))) is clip
    assert clip.standing_out is clip.standing_out
    turned = clip.of([2, 0]).images
    assert np.array_equal(turned[0], clip.images[2])
    assert np.array_equal(turned[1], clip.images[0])
