"""Tests of the trained fusion, served and trained."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import Tensor

from encoders.embedding import to_unit
from encoders.errors import BadFusion, SampleError
from encoders.fusion import MaskedConcatFusion
from encoders.fusion_head import HeadFusion, HeadWeights, read_head, write_head
from encoders.modality import Modality
from encoders.protocol import Fusion
from encoders.training.fusion_head import FusionHead

SIZES = {Modality.FRAMES: 6, Modality.AUDIO: 4, Modality.TEXT: 5}
WEIGHTS = {Modality.FRAMES: 0.5, Modality.AUDIO: 0.2, Modality.TEXT: 0.3}
Vectors = Mapping[Modality, NDArray[np.float32]]

SUBSETS = [subset for size in (1, 2, 3) for subset in combinations(Modality, size)]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tests share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def head(dimension: int = 15, *, trained: bool = True) -> FusionHead:
    """Return a head; as trained ones, its numbers are not those it began with."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        made = FusionHead(SIZES, WEIGHTS, dimension, hidden=7)
        if trained:
            with torch.no_grad():
                for parameter in made.parameters():
                    parameter.add_(0.5 * torch.randn_like(parameter))
    return made


def video(subset: tuple[Modality, ...] = tuple(Modality), seed: int = 1) -> Vectors:
    """Return unit vectors of some modalities; those of a seed are the same in every subset."""
    random = np.random.default_rng(seed)
    whole = {modality: to_unit(random.normal(size=size)) for modality, size in SIZES.items()}
    return {modality: whole[modality] for modality in subset}


def batch(videos: list[Vectors], filler: float = 0.0) -> tuple[dict[Modality, Tensor], dict[Modality, Tensor]]:
    """Return videos as tensors with masks; what is missing holds the filler."""
    vectors = {
        m: torch.tensor(np.stack([v.get(m, np.full(size, filler, np.float32)) for v in videos]))
        for m, size in SIZES.items()
    }
    return vectors, {m: torch.tensor([m in v for v in videos]) for m in SIZES}


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_it_is_the_formula(subset: tuple[Modality, ...]) -> None:
    """By explicit loops over the present modalities."""
    weights, vectors = head().exported(), video(subset)

    fused = HeadFusion("f-1", weights).fuse(vectors)

    says = {m: np.exp(weights.modalities[m].gate @ vectors[m] + weights.modalities[m].gate_bias[0]) for m in subset}
    z = np.zeros(15)
    for m in subset:
        part = weights.modalities[m]
        z += says[m] / sum(says.values()) * (part.projection @ vectors[m] + part.bias)
    hidden = [max(0.0, float(row @ z + bias)) for row, bias in zip(weights.inner, weights.inner_bias, strict=True)]
    np.testing.assert_allclose(fused, to_unit(z + weights.outer @ np.array(hidden)), atol=1e-5)


@pytest.mark.parametrize("dimension", [15, 8])
def test_what_is_served_is_what_was_trained(dimension: int) -> None:
    """Every subset of modalities, in one batch of torch and one by one in NumPy."""
    trained = head(dimension)
    videos = [video(subset, seed) for seed, subset in enumerate(SUBSETS)]

    together = trained(*batch(videos)).detach().numpy()

    fusion = HeadFusion("f-1", trained.exported())
    np.testing.assert_allclose(together, np.stack([fusion.fuse(v) for v in videos]), atol=2e-6)


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_it_begins_as_the_plain_weighing(subset: tuple[Modality, ...]) -> None:
    """Training starts from what is served without it."""
    plain = MaskedConcatFusion("p-1", SIZES, WEIGHTS)

    fused = HeadFusion("f-1", head(trained=False).exported()).fuse(video(subset))

    np.testing.assert_allclose(fused, plain.fuse(video(subset)), atol=1e-6)


def test_what_is_missing_is_not_read_whatever_stands_there() -> None:
    """Not zeros, not garbage, not NaN: neither in the vectors nor in the gradients."""
    trained = head()
    videos = [video((Modality.TEXT,)), video((Modality.FRAMES, Modality.TEXT))]
    answers, gradients = [], []

    for filler in (0.0, 9.0, float("nan")):
        trained.zero_grad()
        fused = trained(*batch(videos, filler))
        fused[:, 0].sum().backward()
        answers.append(fused.detach().numpy())
        gradients.append({name: p.grad.clone() for name, p in trained.named_parameters() if p.grad is not None})

    for answer, gradient in zip(answers[1:], gradients[1:], strict=True):
        np.testing.assert_array_equal(answer, answers[0])
        for name, value in gradient.items():
            assert torch.isfinite(value).all()
            assert torch.equal(value, gradients[0][name])
    assert not gradients[0]["parts.audio.projection.weight"].any()
    assert not gradients[0]["parts.audio.projection.bias"].any()


def test_a_missing_modality_is_not_one_whose_vector_is_zero() -> None:
    """A zero would still bring its bias with its share of the softmax."""
    trained = head()
    vectors, present = batch([video((Modality.TEXT,))])
    every = {modality: torch.ones(1, dtype=torch.bool) for modality in SIZES}

    masked, posing = trained(vectors, present), trained(vectors, every)

    assert float((masked - posing).detach().abs().max()) > 0.05


def test_it_learns() -> None:
    """Two classes that differ in one modality alone come apart."""
    trained = head(trained=False)
    videos = [video(seed=seed) for seed in range(16)]
    vectors, present = batch(videos)
    vectors[Modality.AUDIO] = torch.tensor(np.stack([video(seed=100 + i % 2)[Modality.AUDIO] for i in range(16)]))
    same = torch.tensor([[float(i % 2 == j % 2) for j in range(16)] for i in range(16)])
    optimizer = torch.optim.Adam(trained.parameters(), lr=0.05)
    losses = []

    for _ in range(40):
        fused = trained(vectors, present)
        loss = ((fused @ fused.T - (2 * same - 1)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))

    assert losses[-1] < 0.3 * losses[0]


def test_it_is_a_fusion() -> None:
    """Unit norm, float32, its dimension, whatever the order of the vectors."""
    fusion = HeadFusion("f-1", head(8).exported())
    vectors = video()

    fused = fusion.fuse(vectors)

    assert isinstance(fusion, Fusion)
    assert (fusion.model_id, fusion.dimension) == ("f-1", 8)
    assert fused.dtype == np.float32
    assert np.linalg.norm(fused) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_array_equal(fused, fusion.fuse(dict(reversed(list(vectors.items())))))


@pytest.mark.parametrize(
    "vectors",
    [{}, {Modality.TEXT: np.ones(4, np.float32)}, {Modality.TEXT: np.full(5, np.nan)}, {Modality.TEXT: np.zeros(5)}],
    ids=["none", "dimension", "nan", "zero"],
)
def test_what_cannot_be_fused_is_refused(vectors: Mapping[Modality, NDArray[np.floating]]) -> None:
    """By the error of the protocol."""
    with pytest.raises(SampleError):
        HeadFusion("f-1", head().exported()).fuse(vectors)


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    """To the last bit; later training does not change what was exported."""
    trained = head()
    weights = trained.exported()
    digest = weights.digest()
    with torch.no_grad():
        trained.outer.weight.add_(1.0)

    write_head(weights, tmp_path / "f.safetensors")

    assert read_head(tmp_path / "f.safetensors").digest() == weights.digest() == digest
    assert trained.exported().digest() != digest


def test_a_bad_file_is_refused(tmp_path: Path) -> None:
    """Missing, torn, without a part, with one of another shape."""
    path = tmp_path / "f.safetensors"
    with pytest.raises(BadFusion):
        read_head(path)
    path.write_bytes(b"nothing")
    with pytest.raises(BadFusion):
        read_head(path)
    write_head(head().exported(), path)
    arrays = load_file(path)
    for name, wrong in (("outer", None), ("text.bias", None), ("text.bias", np.ones(3, np.float32))):
        others = {key: array for key, array in arrays.items() if key != name}
        save_file(others if wrong is None else {**others, name: wrong}, path)
        with pytest.raises(BadFusion):
            read_head(path)


def test_numbers_that_are_none_are_refused() -> None:
    """Before a vector is fused."""
    weights = head().exported()

    with pytest.raises(BadFusion):
        replace(weights, outer=weights.outer * np.float32(np.nan))
    with pytest.raises(BadFusion):
        HeadWeights({}, weights.inner, weights.inner_bias, weights.outer)


def test_a_head_is_built_for_what_there_is() -> None:
    """Wrong arguments are a mistake of the caller."""
    with pytest.raises(ValueError, match="head of"):
        FusionHead(SIZES, {Modality.TEXT: 1.0}, 4, 4)
    with pytest.raises(ValueError, match="head of"):
        FusionHead(SIZES, WEIGHTS, 16, 4)
