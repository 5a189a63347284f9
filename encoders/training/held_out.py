"""A quick look at posts that training never saw, of leaves that it never saw either: is trained better than untrained?

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
from encoders.training.losses import UNLABELLED

SEEDS = 5
"""Of each leaf: its first posts, as in the protocol."""


def held_out_quality(towers: Mapping[Modality, Tower], posts: Posts) -> dict[str, float]:
    """Measure how well seeds of a leaf find its other posts among those of all held-out leaves.

    Args:
        towers: As they are now.
        posts: Of leaves that are held out, or without leaves but with labels of aspects.

    Returns:
        `MODALITY roc_auc` with `MODALITY pr_auc`, means over leaves of scores that are means over seeds; a leaf's
        share of posts is the prevalence; only with two leaves or more and posts beside the seeds. `MODALITY ASPECT
        recall@1` of towers with aspects: of how many posts the nearest other post, by that block, bears the same
        label (Jegou et al., "Product Quantization for Nearest Neighbor Search", TPAMI 2011, for the name).
    """
    labels = np.asarray(posts.labels)
    out: dict[str, float] = {}
    for modality, tower in towers.items():
        if posts.leaves < 2 and not tower.aspects:
            continue
        rows = [row for row in range(len(posts)) if modality in posts.samples(row)]
        vectors = TowerEncoder(tower, "in training").encode([posts.samples(row)[modality] for row in rows])
        present = [row for row, vector in zip(rows, vectors, strict=True) if vector is not None]
        if not present:
            continue
        kept = np.stack([vector for vector in vectors if vector is not None])
        for aspect, block in _blocks(kept, tower.aspects).items():
            said = np.asarray(posts.aspects.get(aspect, [UNLABELLED] * len(posts)))[present]
            if (recall := _recall_at_1(block, said)) is not None:
                out[f"{modality} {aspect} recall@1"] = recall
        found = [_of_leaf(kept, labels[present] == leaf) for leaf in range(posts.leaves)]
        measured = np.asarray([pair for pair in found if pair is not None])
        if len(measured):
            roc, pr = measured.mean(axis=0)
            out |= {f"{modality} roc_auc": float(roc), f"{modality} pr_auc": float(pr)}
    return out


def _blocks(vectors: NDArray[np.float32], aspects: Mapping[str, int]) -> dict[str, NDArray[np.float32]]:
    """Return the vectors of each aspect, at norm 1."""
    parts = np.split(vectors, np.cumsum(list(aspects.values()))[:-1], axis=1) if aspects else []
    return {
        name: part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-12)
        for name, part in zip(aspects, parts, strict=True)
    }


def _recall_at_1(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> float | None:
    """Return of how many posts the nearest other one has the same label; None with fewer than two labels."""
    known = labels != UNLABELLED
    if len(np.unique(labels[known])) < 2:
        return None
    cosines = vectors[known] @ vectors[known].T
    np.fill_diagonal(cosines, -np.inf)
    return float((labels[known][cosines.argmax(axis=1)] == labels[known]).mean())


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
