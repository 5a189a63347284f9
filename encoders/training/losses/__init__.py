"""The family of losses: one file each, with paper, equation and a term for recipes.

| loss   | labels | partners | memory | learns   | paper                    |
|--------|--------|----------|--------|----------|--------------------------|
| supcon | yes    | may use  | may use| -        | 2004.11362, eq. 2        |
| clip   | no     | needs    | -      | scale    | 2103.00020, fig. 3       |
| moco   | no     | needs    | needs  | -        | 1911.05722, eq. 1        |
| supce  | yes    | -        | -      | linear   | cross-entropy            |
| proxy  | yes    | -        | -      | proxies  | 2003.13911, eq. 4        |
| spread | no     | -        | -      | -        | 1806.03198, eq. 5        |
"""

from encoders.training.losses.clip import Clip, ClipTerm
from encoders.training.losses.family import TERMS, AnyTerm, build_loss
from encoders.training.losses.moco import Moco, MocoTerm, follow
from encoders.training.losses.proxy import ProxyAnchor, ProxyTerm
from encoders.training.losses.spread import Spread, SpreadTerm
from encoders.training.losses.supce import SupCE, SupCETerm
from encoders.training.losses.supcon import SupCon, SupConTerm
from encoders.training.losses.views import UNLABELLED, Views

__all__ = [
    "TERMS",
    "UNLABELLED",
    "AnyTerm",
    "Clip",
    "ClipTerm",
    "Moco",
    "MocoTerm",
    "ProxyAnchor",
    "ProxyTerm",
    "Spread",
    "SpreadTerm",
    "SupCE",
    "SupCETerm",
    "SupCon",
    "SupConTerm",
    "Views",
    "build_loss",
    "follow",
]
