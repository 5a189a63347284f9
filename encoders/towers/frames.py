"""Pictures to features: a small residual network a picture, pooled over time, with drift and pace where order counts.

He et al., "Deep Residual Learning", CVPR 2016, arXiv 1512.03385, with group norm (Wu and He, arXiv 1803.08494) in place
of batch norm, so that no clip's vector depends on the others of its batch.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from encoders.absence import is_blank, shrunk
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Frames, Sample
from encoders.towers.aspects import check_aspects, in_blocks
from encoders.towers.figure import CHANNELS, Clip, figures_of, with_silhouettes
from encoders.towers.time_pooling import spread
from encoders.towers.tower import Prepared, Tower

GROUPS = 8


class FramesTowerSpec(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="frames", tag_field="kind"
):
    """The sizes of a frames tower.

    Attributes:
        pixels: Side of the square that a picture becomes.
        pictures: How many of a clip are looked at, evenly over time.
        width: Channels of the first stage, a multiple of 8, at half the side; each stage after it has twice as many at
            half of that.
        stages: How many.
        blocks: Of each stage.
        dimension: Of the features.
        places: Whether the network is told where in the picture it looks, by two further channels (Liu et al.,
            "CoordConv", arXiv 1807.03247): without them a mean over the picture forgets how an object moves.
        aspects: What the blocks of the features are about, each with how many numbers it has; none for one whole
            vector.
        figure: What is made of what stands out: nothing; `beside`, its silhouette is a further channel, see
            `with_silhouettes`; or `cut`, it is cut out, see `figures_of`, from the `pictures` that show it best.
        order: Whether drift and pace of the pictures stand beside their mean. Without, training looks at one picture
            of a clip a step, chosen by chance, which teaches more posts in the same time; the vector is the mean of
            all.
    """

    pixels: Annotated[int, msgspec.Meta(ge=8, le=256)] = 64
    pictures: Annotated[int, msgspec.Meta(ge=1, le=32)] = 4
    width: Annotated[int, msgspec.Meta(ge=8, le=256, multiple_of=GROUPS)] = 32
    stages: Annotated[int, msgspec.Meta(ge=1, le=5)] = 4
    blocks: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    dimension: Annotated[int, msgspec.Meta(ge=4, le=2_048)] = 256
    places: bool = False
    aspects: dict[str, int] = {}
    figure: Literal["none", "beside", "cut"] = "none"
    order: bool = True

    def __post_init__(self) -> None:
        """Check that blocks make up the vector."""
        check_aspects(self.aspects, self.dimension)


class Block(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        """Draw weights; the way past is a convolution of one pixel where the shape changes."""
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.first_norm = nn.GroupNorm(GROUPS, after)
        self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.second_norm = nn.GroupNorm(GROUPS, after)
        same = before == after and stride == 1
        self.past = nn.Identity() if same else nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, planes: Tensor) -> Tensor:
        """Return planes, shape (n, after, h / stride, w / stride)."""
        inner = functional.relu(self.first_norm(self.first(planes)))
        return functional.relu(self.second_norm(self.second(inner)) + self.past(planes))


class FramesTower(Tower):
    """Sees each picture alone, then their mean; with order the way from the first half to the second, and the pace."""

    modality = Modality.FRAMES

    def __init__(self, spec: FramesTowerSpec) -> None:
        """Draw weights from torch's generator."""
        super().__init__()
        self.dimension, self.pixels, self.pictures = spec.dimension, spec.pixels, spec.pictures
        self.aspects, self.places = spec.aspects, spec.places
        self.figure, self.order = spec.figure, spec.order
        self.grid: Tensor
        self.register_buffer("grid", _places(spec.pixels), persistent=False)
        widths = [spec.width * 2**stage for stage in range(spec.stages)]
        channels = (3 if spec.figure == "none" else CHANNELS) + (2 if spec.places else 0)
        layers: list[nn.Module] = [
            nn.Conv2d(channels, spec.width, 5, 2, 2, bias=False),
            nn.GroupNorm(GROUPS, spec.width),
        ]
        before = spec.width
        for stage, width in enumerate(widths):
            for block in range(spec.blocks):
                layers.append(Block(before, width, 2 if block == 0 and stage > 0 else 1))
                before = width
        # Channels last: on a CPU without bfloat16 three times as fast.
        self.network = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.head = nn.Linear(3 * before if spec.order else before, spec.dimension)

    def prepare(self, sample: Sample) -> Prepared | None:
        """Return pictures, shape (pictures, pixels, pixels, 3 or CHANNELS), uint8; None where every one is blank."""
        if not isinstance(sample, Frames):
            raise SampleError(f"frames are needed, got {type(sample).__name__}")
        seen = _seen(sample)
        if not seen.images:
            return None
        if self.figure == "cut":
            return figures_of(seen, self.pictures, self.pixels)
        chosen = seen.of(spread(len(seen.images), self.pictures))
        if self.figure == "beside":
            return with_silhouettes(chosen, self.pixels)
        return np.stack([_small(image, self.pixels) for image in chosen.images])

    def collate(self, prepared: Sequence[Prepared]) -> tuple[Tensor, ...]:
        """Return all pictures, shape (n, pictures, channels, pixels, pixels), uint8."""
        return (torch.from_numpy(np.stack(prepared).transpose(0, 1, 4, 2, 3).copy()),)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return features, see `Tower.forward`."""
        (pictures,) = inputs
        if self.training and not self.order:
            chosen = torch.randint(pictures.shape[1], (len(pictures),), device=pictures.device)
            pictures = pictures[torch.arange(len(pictures), device=pictures.device), chosen][:, None]
        n, count = pictures.shape[:2]
        planes = pictures.flatten(0, 1).float() / 127.5 - 1  # (n count, channels, h, w)
        if self.places:
            planes = torch.cat([planes, self.grid.expand(planes.shape[0], -1, -1, -1)], dim=1)
        planes = planes.contiguous(memory_format=torch.channels_last)
        seen = self.network(planes).mean(dim=(2, 3)).view(n, count, -1)  # (n, count, c)
        mean = seen.mean(dim=1)
        if not self.order:
            return in_blocks(self.head(mean), self.aspects)
        half = (count + 1) // 2
        drift = seen[:, -half:].mean(dim=1) - seen[:, :half].mean(dim=1)  # 0 for one picture
        change = (seen[:, 1:] - seen[:, :-1]).abs().sum(dim=1) / max(1, count - 1)  # 0 for one picture
        features: Tensor = self.head(torch.cat([mean, drift, change], dim=1))
        return in_blocks(features, self.aspects)


@lru_cache(maxsize=1)  # the parts of a joined tower ask one after the other
def _seen(sample: Frames) -> Clip:
    """Return the pictures that are not blank."""
    return Clip([image for image in sample.images if not is_blank(shrunk(image))])


def _places(pixels: int) -> Tensor:
    """Return how far right and how far down each pixel is, shape (1, 2, pixels, pixels), in [-1, 1]."""
    line = torch.linspace(-1, 1, pixels)
    return torch.stack([line.expand(pixels, pixels), line[:, None].expand(pixels, pixels)])[None]


def _small(image: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    """Return the whole picture as a square."""
    resized = Image.fromarray(image).resize((pixels, pixels), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.uint8)
