"""The live rows of several columns as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns
from index.delta import digest
from index.rows import Part

# Columns with a mask of their rows to be kept.
Source = tuple[Columns, NDArray[np.bool_]]


def joined_columns(sources: Sequence[Source]) -> Columns:
    """Return the kept rows of all sources, by time, the oldest first; equal vectors become one.

    Args:
        sources: At least one, of one dimension, which have no kept key in common and at least one
            kept row in all.
    """
    kept = [np.flatnonzero(mask) for _, mask in sources]
    times = np.concatenate([columns.times[rows] for (columns, _), rows in zip(sources, kept, strict=True)])
    order = np.argsort(times, kind="stable")
    keys = [columns.keys[row] for (columns, _), rows in zip(sources, kept, strict=True) for row in rows.tolist()]
    vector_of, vectors = _distinct(sources, kept, order)
    return Columns(
        [keys[row] for row in order.tolist()], times[order], vector_of, vectors, _parts(sources, kept, order)
    )


def _distinct(
    sources: Sequence[Source], kept: Sequence[NDArray[np.int64]], order: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.float16]]:
    """Return the distinct vector of each row, (n,), with those vectors, in the order of their first rows."""
    known: dict[bytes, int] = {}
    ids: list[NDArray[np.int64]] = []
    taken: list[NDArray[np.float16]] = []
    for (columns, _), rows in zip(sources, kept, strict=True):
        used, at = np.unique(columns.vector_of[rows], return_inverse=True)
        before = len(known)
        mine = np.array([known.setdefault(digest(columns.vectors[row]), len(known)) for row in used], dtype=np.int64)
        ids.append(mine[at])
        taken.append(columns.vectors[used[mine >= before]])
    each = np.concatenate(ids)[order]
    _, first, at = np.unique(each, return_index=True, return_inverse=True)  # the ids are 0 .. len(known) - 1
    place = np.argsort(np.argsort(first))
    return place[at].astype(np.int32), np.concatenate(taken)[np.argsort(first)]


def _parts(sources: Sequence[Source], kept: Sequence[NDArray[np.int64]], order: NDArray[np.int64]) -> dict[str, Part]:
    """Return the parts of the kept rows, which stand in an order."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    found: dict[str, list[Part]] = {}
    start = 0
    for (columns, mask), rows in zip(sources, kept, strict=True):
        at = start + np.cumsum(mask) - 1  # of each kept row its number among those of all sources
        for name, (having, vectors) in columns.parts.items():
            chosen = mask[having]
            found.setdefault(name, []).append((place[at[having[chosen]]], vectors[chosen]))
        start += len(rows)
    return {name: part for name, each in found.items() if len((part := _by_row(each))[0])}


def _by_row(parts: Sequence[Part]) -> Part:
    rows = np.concatenate([rows for rows, _ in parts])
    order = np.argsort(rows)
    return rows[order], np.concatenate([vectors for _, vectors in parts])[order]
