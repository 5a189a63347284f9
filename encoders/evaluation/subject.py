"""Trends under test out of the manifest of a store."""

from collections.abc import Iterable, Sequence

import numpy as np

from encoders.corpus.store import Store, even_order
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.scorers import Rows
from encoders.evaluation.trends import TrendPosts, TrendSet


def rows_of(store: Store, section: str, share: float = 1.0) -> Rows:
    """Return the drawn rows of a section, or a fair part of them.

    Args:
        store: Which may be drawn in part.
        section: `bank`, `development` or `test`.
        share: Of the section, in (0, 1]; every leaf and role keeps the same share, and at least one post.

    Returns:
        int64 (r,), ascending.

    Raises:
        EvaluationError: The share is not in (0, 1], or no such row is drawn.
    """
    if not 0.0 < share <= 1.0:
        raise EvaluationError(f"a share lies above 0 and is at most 1, got {share}")
    mine = [row for row in even_order(store.rows) if store.rows[row].section == section]
    drawn = store.drawn
    kept = sorted(row for row in mine[: max(1, round(share * len(mine)))] if drawn[row])
    if not kept:
        raise EvaluationError(f"{store.folder} has no drawn post of the section {section}")
    return np.asarray(kept, dtype=np.int64)


def trend_set(store: Store, rows: Iterable[int]) -> TrendSet:
    """Lay out the trends that rows of a store make up.

    Args:
        store: Whose manifest says what each row is.
        rows: Of one section; of the others nothing is tested.

    Returns:
        Trends in the order of their first row, each with two positives at least; rows are those of the store.

    Raises:
        EvaluationError: There is no such trend, or no background.
    """
    leaves: dict[str, dict[str, list[int]]] = {}
    background: list[int] = []
    for row in rows:
        post = store.rows[row]
        if post.leaf is None:
            background.append(row)
        else:
            leaves.setdefault(post.leaf, {}).setdefault(post.role, []).append(row)
    trends = [_trend(store, leaf, roles) for leaf, roles in leaves.items() if len(roles.get("positive", ())) > 1]
    if not trends or not background:
        raise EvaluationError(
            f"{store.folder}: {len(trends)} trends and {len(background)} background posts are no test"
        )
    _, groups = np.unique([post.group for post in store.rows], return_inverse=True)
    return TrendSet(trends=trends, background=_array(background), groups=groups.astype(np.int64).reshape(-1))


def _trend(store: Store, leaf: str, roles: dict[str, list[int]]) -> TrendPosts:
    first = store.rows[roles["positive"][0]]
    return TrendPosts(
        name=leaf,
        kind=first.kind or "none",
        known=first.known,
        family=first.family or "",
        positives=_array(roles["positive"]),
        hard_negatives=_array(roles.get("hard-negative", ())),
    )


def _array(rows: Sequence[int]) -> Rows:
    return np.asarray(rows, dtype=np.int64)
