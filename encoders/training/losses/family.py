"""Every loss of the family, built from what a recipe says."""

from torch import nn

from encoders.training.losses.clip import Clip, ClipTerm
from encoders.training.losses.moco import Moco, MocoTerm
from encoders.training.losses.proxy import ProxyAnchor, ProxyTerm
from encoders.training.losses.spread import Spread, SpreadTerm
from encoders.training.losses.supce import SupCE, SupCETerm
from encoders.training.losses.supcon import SupCon, SupConTerm

AnyTerm = SupConTerm | ClipTerm | MocoTerm | SupCETerm | ProxyTerm | SpreadTerm

TERMS: tuple[type[AnyTerm], ...] = (SupConTerm, ClipTerm, MocoTerm, SupCETerm, ProxyTerm, SpreadTerm)


def build_loss(term: AnyTerm, *, features: int, dimension: int, classes: int) -> nn.Module:
    """Build a loss; what it learns is drawn from torch's generator.

    Args:
        term: What the recipe says.
        features: Length of the layer before the projection.
        dimension: Of the vectors.
        classes: How many labels there are.

    Returns:
        A module that takes `Views` and returns a scalar.
    """
    match term:
        case SupConTerm():
            return SupCon(term)
        case ClipTerm():
            return Clip(term)
        case MocoTerm():
            return Moco(term)
        case SupCETerm():
            return SupCE(term, features, classes)
        case ProxyTerm():
            return ProxyAnchor(term, dimension, classes)
        case SpreadTerm():
            return Spread()
