"""The losses said again, slowly: explicit loops over pairs of float64 numbers."""

import math
from collections.abc import Sequence

Vector = Sequence[float]


def dot(a: Vector, b: Vector) -> float:
    """Return the inner product."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def supcon(
    vectors: Sequence[Vector],
    labels: Sequence[int],
    posts: Sequence[int],
    memory: Sequence[Vector],
    memory_labels: Sequence[int],
    temperature: float,
) -> float:
    """Return L_out of arXiv 2004.11362, the mean over anchors that have a positive."""
    losses = []
    for i, anchor in enumerate(vectors):
        everyone = [(vectors[a], labels[a], posts[a]) for a in range(len(vectors)) if a != i]
        everyone += [(vector, label, -7) for vector, label in zip(memory, memory_labels, strict=True)]
        below = sum(math.exp(dot(anchor, vector) / temperature) for vector, _, _ in everyone)
        terms = [
            -math.log(math.exp(dot(anchor, vector) / temperature) / below)
            for vector, label, post in everyone
            if post == posts[i] or (label == labels[i] and label >= 0)
        ]
        if terms:
            losses.append(sum(terms) / len(terms))
    return sum(losses) / len(losses) if losses else 0.0


def clip(anchors: Sequence[Vector], partners: Sequence[Vector], scale: float) -> float:
    """Return figure 3 of arXiv 2103.00020."""
    total = 0.0
    for i in range(len(anchors)):
        own = math.exp(scale * dot(anchors[i], partners[i]))
        total -= math.log(own / sum(math.exp(scale * dot(anchors[i], y)) for y in partners))
        total -= math.log(own / sum(math.exp(scale * dot(x, partners[i])) for x in anchors))
    return total / (2 * len(anchors))


def moco(queries: Sequence[Vector], keys: Sequence[Vector], queue: Sequence[Vector], temperature: float) -> float:
    """Return equation 1 of arXiv 1911.05722, the mean over queries."""
    total = 0.0
    for query, key in zip(queries, keys, strict=True):
        own = math.exp(dot(query, key) / temperature)
        total -= math.log(own / (own + sum(math.exp(dot(query, k) / temperature) for k in queue)))
    return total / len(queries)


def supce(logits: Sequence[Vector], labels: Sequence[int], smoothing: float) -> float:
    """Return smoothed cross-entropy, the mean over labelled rows."""
    losses = []
    for row, label in zip(logits, labels, strict=True):
        if label < 0:
            continue
        below = sum(math.exp(value) for value in row)
        targets = [(1 - smoothing) * (c == label) + smoothing / len(row) for c in range(len(row))]
        losses.append(-sum(t * math.log(math.exp(value) / below) for t, value in zip(targets, row, strict=True)))
    return sum(losses) / len(losses) if losses else 0.0


def proxy_anchor(
    anchors: Sequence[Vector], labels: Sequence[int], proxies: Sequence[Vector], scale: float, margin: float
) -> float:
    """Return equation 4 of arXiv 2003.13911."""
    pull, push, present = 0.0, 0.0, 0
    for c, proxy in enumerate(proxies):
        length = math.sqrt(dot(proxy, proxy))
        cosines = [dot(proxy, anchor) / length for anchor in anchors]
        own = [s for s, label in zip(cosines, labels, strict=True) if label == c]
        others = [s for s, label in zip(cosines, labels, strict=True) if label != c]
        if own:
            present += 1
            pull += math.log(1 + sum(math.exp(-scale * (s - margin)) for s in own))
        push += math.log(1 + sum(math.exp(scale * (s + margin)) for s in others))
    return pull / max(1, present) + push / len(proxies)


def koleo(vectors: Sequence[Vector]) -> float:
    """Return equation 5 of arXiv 1806.03198, with 1e-6 added to each distance."""
    total = 0.0
    for i, one in enumerate(vectors):
        nearest = min(math.dist(one, other) for j, other in enumerate(vectors) if j != i)
        total -= math.log(nearest + 1e-6)
    return total / len(vectors)
