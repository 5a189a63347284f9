"""A quick look at leaves that training never saw: is trained better than untrained?

It serves to watch a run; comparisons of methods are made by the evaluation, with its protocol.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from encoders.modality import Modality
from encoders.towers.tower import Tower
from encoders.towers.tower_encoder import TowerEncoder
from encoders.training.dataset import Posts

SEEDS = 5
"""Of each leaf: its first posts, as in the protocol."""


def held_out_quality(towers: Mapping[Modality, Tower], posts: Posts) -> dict[str, float]:
    """Measure how well seeds of a leaf find its other posts among those of all held-out leaves.

    Args:
        towers: As they are now.
        posts: Of leaves that are held out.

    Returns:
        `MODALITY roc_auc` with `MODALITY pr_auc`, means over leaves of scores that are means over seeds; a leaf's
        share of posts is the prevalence. Empty with fewer than two leaves or no post beside the seeds.
    """
    labels = np.asarray(posts.labels)
    if posts.leaves < 2:
        return {}
    out: dict[str, float] = {}
    for modality, tower in towers.items():
        rows = [row for row in range(len(posts)) if modality in posts.samples(row)]
        vectors = TowerEncoder(tower, "in training").encode([posts.samples(row)[modality] for row in rows])
        present = [row for row, vector in zip(rows, vectors, strict=True) if vector is not None]
        if not present:
            continue
        kept = np.stack([vector for vector in vectors if vector is not None])
        found = [_of_leaf(kept, labels[present] == leaf) for leaf in range(posts.leaves)]
        measured = np.asarray([pair for pair in found if pair is not None])
        if len(measured):
            roc, pr = measured.mean(axis=0)
            out |= {f"{modality} roc_auc": float(roc), f"{modality} pr_auc": float(pr)}
    return out


def _of_leaf(vectors: NDArray[np.float32], belongs: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Return ROC-AUC with average precision of one leaf; None where it has no post beside its seeds."""
    own = np.flatnonzero(belongs)
    if len(own) <= SEEDS:
        return None
    seeds = own[:SEEDS]
    rest = np.setdiff1d(np.arange(len(vectors)), seeds)
    scores = (vectors[rest] @ vectors[seeds].T).mean(axis=1)
    truth = belongs[rest]
    return float(roc_auc_score(truth, scores)), float(average_precision_score(truth, scores))
