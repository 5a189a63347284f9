"""One check for every loss of the family, as a recipe builds it."""

import pytest
import torch
from torch.nn import functional

from encoders.training.errors import OutOfRange
from encoders.training.losses import TERMS, AnyTerm, Views, build_loss


def views(order: torch.Tensor) -> Views:
    """Make a float32 batch with all that a loss may use, in some order of its rows."""
    torch.manual_seed(0)
    anchors, partners, memory = (functional.normalize(torch.randn(8, 6), dim=1) for _ in range(3))
    labels = torch.tensor([0, 0, 1, 1, 2, 2, 2, -1])
    return Views(anchors[order], labels[order], partners[order], torch.randn(8, 4)[order], memory, labels)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.__struct_config__.tag)
def test_a_loss_is_one_number_whatever_the_order_of_the_rows(term: type[AnyTerm]) -> None:
    """Finite, scalar, the same for a permuted batch."""
    torch.manual_seed(1)
    loss = build_loss(term(), features=4, dimension=6, classes=3)

    one, other = (loss(views(torch.arange(0, 8))).detach(), loss(views(torch.arange(7, -1, -1))).detach())

    assert one.shape == ()
    assert bool(torch.isfinite(one))
    assert float(one) == pytest.approx(float(other), rel=1e-5)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.__struct_config__.tag)
def test_a_negative_weight_is_refused(term: type[AnyTerm]) -> None:
    """A loss that is to grow is a mistake of the recipe."""
    with pytest.raises(OutOfRange, match="weight"):
        term(weight=-1.0)
