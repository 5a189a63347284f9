"""Tests of the losses: each against explicit loops in float64, each gradient against finite differences."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from encoders.training.errors import LossInputError, OutOfRange
from encoders.training.losses import UNLABELLED, Clip, ClipTerm, Views
from encoders.training.losses.clip import clip
from encoders.training.losses.moco import follow, moco
from encoders.training.losses.proxy import proxy_anchor
from encoders.training.losses.spread import koleo
from encoders.training.losses.supce import supce
from encoders.training.losses.supcon import supcon
from tests.unit.encoders.training import oracles

LABELS = torch.tensor([0, 0, 1, 1, 1, 2, UNLABELLED, UNLABELLED])


def unit(n: int, d: int = 5, seed: int = 0) -> Tensor:
    """Draw float64 vectors of norm 1, shape (n, d)."""
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(n, d, generator=generator, dtype=torch.float64), dim=1)


def close(loss: Tensor, expected: float) -> bool:
    """Tell whether a scalar loss is what an oracle says."""
    return loss.ndim == 0 and math.isclose(float(loss), expected, rel_tol=1e-10, abs_tol=1e-12)


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("second_view", [False, True])
@pytest.mark.parametrize("remembered", [0, 6])
def test_supcon_is_what_loops_say(temperature: float, second_view: bool, remembered: int) -> None:
    """With and without a second view of each post, with and without memory."""
    partners = unit(8, seed=1) if second_view else None
    memory, memory_labels = unit(remembered, seed=2), torch.tensor([0, 1, 2, 3, UNLABELLED, 0])[:remembered]
    views = Views(unit(8), LABELS, partners, memory=memory, memory_labels=memory_labels)

    loss = supcon(views, temperature)

    vectors = unit(8).tolist() + (partners.tolist() if partners is not None else [])
    sides = len(vectors) // 8
    expected = oracles.supcon(
        vectors, LABELS.tolist() * sides, list(range(8)) * sides, memory.tolist(), memory_labels.tolist(), temperature
    )
    assert close(loss, expected)


def test_clip_is_what_loops_say() -> None:
    """At the scale of the first step and another."""
    for scale in (1 / 0.07, 3.0):
        loss = clip(unit(6), unit(6, seed=1), torch.tensor(scale, dtype=torch.float64))

        assert close(loss, oracles.clip(unit(6).tolist(), unit(6, seed=1).tolist(), scale))


def test_moco_is_what_loops_say() -> None:
    """With a queue and, as a corner, with an empty one."""
    for filled in (9, 0):
        loss = moco(unit(6), unit(6, seed=1), unit(filled, seed=2), 0.2)

        assert close(loss, oracles.moco(unit(6).tolist(), unit(6, seed=1).tolist(), unit(filled, seed=2).tolist(), 0.2))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_supce_is_what_loops_say(smoothing: float) -> None:
    """Posts without a label count in neither."""
    logits = unit(8, 3, seed=3) * 4

    assert close(supce(logits, LABELS, smoothing), oracles.supce(logits.tolist(), LABELS.tolist(), smoothing))


def test_proxy_anchor_is_what_loops_say() -> None:
    """A class without a post in the batch pushes but does not pull; proxies need not have norm 1."""
    proxies = unit(4, seed=4) * 3

    loss = proxy_anchor(unit(8), LABELS, proxies, 32.0, 0.1)

    assert close(loss, oracles.proxy_anchor(unit(8).tolist(), LABELS.tolist(), proxies.tolist(), 32.0, 0.1))


def test_koleo_is_what_loops_say() -> None:
    """Nearest by cosine is nearest by distance."""
    assert close(koleo(unit(9)), oracles.koleo(unit(9).tolist()))


def free(seed: int, *shape: int) -> Tensor:
    """Draw float64 numbers that take a gradient."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


def _supcon(anchors: Tensor, partners: Tensor) -> Tensor:
    memory = {"memory": unit(4, seed=5), "memory_labels": torch.tensor([0, 1, 2, 2])}
    views = Views(functional.normalize(anchors, dim=1), LABELS, functional.normalize(partners, dim=1), **memory)
    return supcon(views, 0.2)


def _clip(anchors: Tensor, partners: Tensor) -> Tensor:
    return clip(anchors, partners, torch.tensor(2.0, dtype=torch.float64))


GRADIENTS: dict[str, tuple[Callable[..., Tensor], tuple[Tensor, ...]]] = {
    "supcon": (_supcon, (free(1, 8, 5), free(2, 8, 5))),
    "clip": (_clip, (free(1, 6, 5), free(2, 6, 5))),
    "clip's scale": (lambda scale: clip(unit(6), unit(6, seed=1), scale), (free(1, 1).abs().sum().detach() + 1,)),
    "moco": (lambda queries: moco(queries, unit(6, seed=1), unit(7, seed=2), 0.2), (free(1, 6, 5),)),
    "supce": (lambda logits: supce(logits, LABELS, 0.1), (free(1, 8, 3),)),
    "proxy": (lambda a, p: proxy_anchor(a, LABELS, p, 4.0, 0.1), (free(1, 8, 5), free(2, 4, 5))),
    "spread": (lambda vectors: koleo(functional.normalize(vectors, dim=1)), (free(1, 8, 5),)),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_gradient_is_what_finite_differences_say(name: str) -> None:
    """In float64, central differences."""
    loss, inputs = GRADIENTS[name]

    assert torch.autograd.gradcheck(loss, tuple(tensor.detach().requires_grad_() for tensor in inputs))


def test_where_no_anchor_has_a_positive_supcon_teaches_nothing() -> None:
    """Each post of a leaf of its own, two of none: loss 0, gradient 0, no nan."""
    anchors = unit(5).requires_grad_()

    loss = supcon(Views(anchors, torch.tensor([0, 1, 2, UNLABELLED, UNLABELLED])), 0.1)
    (gradient,) = torch.autograd.grad(loss, anchors)

    assert float(loss.detach()) == 0.0
    assert torch.equal(gradient, torch.zeros_like(anchors))


def test_harmless_posts_are_not_one_class() -> None:
    """Two posts without a label push each other away, even when they are the same."""
    anchors = unit(3).clone()
    labels = torch.tensor([0, 0, UNLABELLED])
    with_two = Views(torch.cat([anchors, anchors[2:]]), torch.cat([labels, labels[2:]]))

    assert float(supcon(with_two, 0.1)) > float(supcon(Views(anchors, labels), 0.1))


@pytest.mark.parametrize("name", ["supcon", "clip", "moco", "proxy", "spread"])
def test_duplicates_give_finite_gradients(name: str) -> None:
    """A batch of one post many times is a batch: nothing divides by their distance."""
    same = unit(1).repeat(6, 1).requires_grad_()
    labels = torch.zeros(6, dtype=torch.int64)
    loss = {
        "supcon": lambda: supcon(Views(same, labels), 0.05),
        "clip": lambda: clip(same, same, torch.tensor(100.0, dtype=torch.float64)),
        "moco": lambda: moco(same, same, same, 0.05),
        "proxy": lambda: proxy_anchor(same, labels, same[:2], 32.0, 0.1),
        "spread": lambda: koleo(same),
    }[name]()

    (gradient,) = torch.autograd.grad(loss, same)

    assert math.isfinite(float(loss.detach()))
    assert bool(torch.isfinite(gradient).all())


def test_what_is_empty_or_alone_costs_nothing() -> None:
    """The last batch of a modality may have none of it."""
    none, one = unit(0), unit(1)
    scale = torch.tensor(10.0, dtype=torch.float64)
    no_labels = torch.zeros(0, dtype=torch.int64)

    losses = [
        supcon(Views(none, no_labels), 0.1),
        supcon(Views(one, torch.tensor([0])), 0.1),
        clip(none, none, scale),
        moco(none, none, unit(3), 0.1),
        supce(unit(2, 3), torch.tensor([UNLABELLED, UNLABELLED]), 0.0),
        proxy_anchor(none, no_labels, unit(3), 32.0, 0.1),
        koleo(one),
    ]

    assert [float(loss) for loss in losses] == [0.0] * len(losses)


@pytest.mark.parametrize("temperature", [0.0, -0.1, 0.001, 11.0, math.nan, math.inf])
def test_a_temperature_out_of_range_is_refused_by_name(temperature: float) -> None:
    """The error says which field, what it has, what it may have."""
    views = Views(unit(4), torch.tensor([0, 0, 1, 1]))

    for refused in (
        lambda: supcon(views, temperature),
        lambda: moco(unit(4), unit(4), unit(4), temperature),
        lambda: ClipTerm(temperature=temperature),
    ):
        with pytest.raises(OutOfRange, match=r"temperature must be at least 0\.01, at most 10") as caught:
            refused()
        assert caught.value.field == "temperature"


def test_no_gradient_reaches_keys_or_queue() -> None:
    """The momentum encoder is moved by following, never by descent."""
    queries, keys, queue = unit(4).requires_grad_(), unit(4, seed=1).requires_grad_(), unit(5).requires_grad_()

    torch.autograd.backward(moco(queries, keys, queue, 0.2))

    assert queries.grad is not None
    assert keys.grad is None
    assert queue.grad is None


def test_a_momentum_encoder_follows() -> None:
    """Equation 2 of MoCo."""
    slow, fast = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.0])

    follow([slow], [fast], 0.75)

    assert slow.tolist() == [1.5, 2.0]


def test_the_scale_of_clip_comes_back_under_its_limit() -> None:
    """Section 2.5 of CLIP: at most 100."""
    loss = Clip(ClipTerm())
    with torch.no_grad():
        loss.log_scale.fill_(9.0)

    loss(Views(unit(4).float(), torch.zeros(4, dtype=torch.int64), unit(4, seed=1).float()))

    assert float(loss.log_scale.detach().exp()) == pytest.approx(100.0)


BAD_VIEWS: dict[str, Callable[[], object]] = {
    "one row": lambda: Views(unit(4)[0], torch.zeros(4, dtype=torch.int64)),
    "few labels": lambda: Views(unit(4), torch.zeros(3, dtype=torch.int64)),
    "float labels": lambda: Views(unit(4), torch.zeros(4)),
    "few partners": lambda: Views(unit(4), torch.zeros(4, dtype=torch.int64), unit(3)),
    "flat features": lambda: Views(unit(4), torch.zeros(4, dtype=torch.int64), features=unit(4)[:, 0]),
    "memory alone": lambda: Views(unit(4), torch.zeros(4, dtype=torch.int64), memory=unit(3)),
    "other memory": lambda: Views(
        unit(4), torch.zeros(4, dtype=torch.int64), memory=unit(3, 4), memory_labels=torch.zeros(3, dtype=torch.int64)
    ),
    "clip alone": lambda: Clip(ClipTerm())(Views(unit(4), torch.zeros(4, dtype=torch.int64))),
    "clip of two shapes": lambda: clip(unit(4), unit(3), torch.tensor(1.0)),
    "a class too many": lambda: supce(unit(2, 3), torch.tensor([0, 3]), 0.0),
}


@pytest.mark.parametrize("name", BAD_VIEWS)
def test_tensors_that_do_not_fit_are_refused(name: str) -> None:
    """Before they broadcast into a number."""
    with pytest.raises(LossInputError):
        BAD_VIEWS[name]()
