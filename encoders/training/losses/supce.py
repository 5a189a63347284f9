"""SupCE: cross-entropy on the training labels, whose penultimate layer is then the vector.

With W the weights and b the bias of one linear layer over features h, C classes, smoothing e:

    L = mean over i of  - sum over c of  ((1 - e) [c = y_i] + e / C)  log softmax(W h_i + b)_c

Label smoothing: Szegedy et al., "Rethinking the Inception Architecture", CVPR 2016, arXiv 1512.00567, section 7.
"""

from torch import Tensor, nn
from torch.nn import functional

from encoders.training.errors import LossInputError, check_range
from encoders.training.losses.term import LossTerm
from encoders.training.losses.views import UNLABELLED, Views, needed, nothing


class SupCETerm(LossTerm, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="supce"):
    """Cross-entropy in a recipe.

    Attributes:
        weight: Of this loss in the sum.
        smoothing: e, in [0, 0.5]; 0.1 in the paper.
    """

    weight: float = 1.0
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("weight", self.weight, 0, float("inf"))
        check_range("smoothing", self.smoothing, 0, 0.5)


def supce(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Return the loss; posts without a label are left out.

    Args:
        logits: Shape (n, C).
        labels: Shape (n,), int64, in [0, C) or `UNLABELLED`.
        smoothing: e, in [0, 0.5].

    Returns:
        Scalar; 0 where no post has a label.

    Raises:
        LossInputError: A label outside the classes.
        OutOfRange: The smoothing.
    """
    check_range("smoothing", smoothing, 0, 0.5)
    kept = labels != UNLABELLED
    if not bool(kept.any()):
        return nothing(logits)
    known = labels[kept]
    if int(known.min()) < 0 or int(known.max()) >= logits.shape[1]:
        raise LossInputError(f"labels must be in [0, {logits.shape[1]}), got {int(known.min())} to {int(known.max())}")
    return functional.cross_entropy(logits[kept], known, label_smoothing=smoothing)


class SupCE(nn.Module):
    """Cross-entropy with its linear layer over the layer before the projection."""

    def __init__(self, term: SupCETerm, features: int, classes: int) -> None:
        """Begin with small weights, so that no class is preferred."""
        super().__init__()
        self.smoothing = term.smoothing
        self.classifier = nn.Linear(features, classes)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, views: Views) -> Tensor:
        """Return the loss, see `supce`.

        Raises:
            LossInputError: There are no features, or a label is outside the classes.
        """
        logits: Tensor = self.classifier(needed(views.features, "features", "supce"))
        return supce(logits, views.labels, self.smoothing)
