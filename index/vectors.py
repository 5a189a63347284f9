"""The vectors of an index: which are accepted, which score two of them have."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import (
    BadKey,
    BadParameter,
    BadPart,
    BadTime,
    KeyCountMismatch,
    NotFinite,
    WrongDimension,
    WrongType,
    ZeroNorm,
)
from index.rows import Part

# Rows widened to float64 at a time: 4,096 rows of 512 values are 16 MiB, whatever the index holds.
_ROWS_AT_A_TIME = 4096

# Scores held at a time by `cosine_columns`: 2**22 float64 values are 32 MiB.
_SCORES_AT_A_TIME = 2**22

# Scores are rounded to 1e-6 (law 2 of a shard).
_DECIMALS = 6

# The sign alone, and the exponent of what is not finite, in the bits of a float16.
_NEGATIVE_ZERO, _EXPONENT = 0x8000, 0x7C00

# The longest key: an id of the wire has at most as many characters.
MAX_KEY = 128

# The widest vector: wider ones come from no encoder, and 32 MiB of float16 would hold 256 of them.
_MAX_DIMENSION = 65_536


def check_dimension(dimension: object) -> int:
    """Return the dimension of a new index, if it can be one.

    Raises:
        BadParameter: Not a whole number of 1 to 65,536.
    """
    if isinstance(dimension, bool) or not isinstance(dimension, int) or not 1 <= dimension <= _MAX_DIMENSION:
        raise BadParameter("dimension", dimension, 1, _MAX_DIMENSION)
    return dimension


def as_vectors(vectors: NDArray[np.floating[Any]], dimension: int) -> NDArray[np.float16]:
    """Check vectors, then return them as the index stores and judges them.

    Args:
        vectors: (n, d) of any floating dtype; n may be 0. Unit norm is expected, not required.
        dimension: The d of the index.

    Returns:
        (n, d) float16, C-contiguous, a new array, without negative zeros (so that equal vectors
        have equal bytes).

    Raises:
        WrongType: Not a floating-point array.
        WrongDimension: Not of shape (n, dimension).
        NotFinite: NaN, infinite, or beyond the range of float16.
        ZeroNorm: All values of a row are zero in float16.
    """
    given: object = vectors
    if not isinstance(given, np.ndarray) or given.dtype.kind != "f":
        raise WrongType(str(getattr(given, "dtype", type(given).__name__)))
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise WrongDimension(dimension, vectors.shape)
    with np.errstate(over="ignore"):  # what overflows becomes infinite, which is refused below
        stored = np.array(vectors, dtype=np.float16, order="C")  # (n, d)
    bits = stored.view(np.uint16)  # whole numbers are ten times as fast to look through as float16
    for start in range(0, len(bits), _ROWS_AT_A_TIME):
        some = bits[start : start + _ROWS_AT_A_TIME]
        some[some == _NEGATIVE_ZERO] = 0
        infinite = ((some & _EXPONENT) == _EXPONENT).any(axis=1)
        if infinite.any():
            raise NotFinite(start + int(infinite.argmax()))
        zero = ~some.any(axis=1)
        if zero.any():
            raise ZeroNorm(start + int(zero.argmax()))
    return stored


def check_keys(keys: Sequence[object], vectors: int) -> None:
    """Check the keys of an insert.

    Raises:
        KeyCountMismatch: Not one key a vector.
        BadKey: A key is not a string of 1 to 128 characters.
    """
    if len(keys) != vectors:
        raise KeyCountMismatch(len(keys), vectors)
    for row, key in enumerate(keys):
        if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY:
            raise BadKey(row, key[:MAX_KEY] if isinstance(key, str) else key, MAX_KEY)


def check_times(times: Sequence[float] | None, keys: int) -> None:
    """Check the times of an insert.

    Raises:
        BadTime: Not one finite time a key.
    """
    if times is None:
        return
    if len(times) != keys:
        raise BadTime(None, len(times))
    for row, time in enumerate(times):
        if not math.isfinite(time):
            raise BadTime(row, time)


def check_bound(before: float) -> None:
    """Check a time before which keys are to go; infinite is one, not a number is none: it would part keys by chance.

    Raises:
        BadTime: Not a number.
    """
    if math.isnan(before):
        raise BadTime(None, before)


def as_parts(
    parts: Mapping[str, tuple[Sequence[int] | NDArray[np.int64], NDArray[np.floating[Any]]]],
    keys: int,
    dimensions: Mapping[str, int],
) -> dict[str, Part]:
    """Check the parts of an insert, then return them as the index stores and judges them.

    Args:
        parts: Of each modality the rows of the batch that have it, with their vectors, (r, d_m).
        keys: The number of rows of the batch.
        dimensions: The d_m of each modality that is known.

    Returns:
        New arrays, rows ascending; without parts of no rows.

    Raises:
        BadPart: A name has not 1 to 128 characters, or its rows are not distinct rows of the
            batch, one a vector.
        WrongType, WrongDimension, NotFinite, ZeroNorm: As in `as_vectors`, row of the part.
    """
    checked = {}
    for name, (given, vectors) in parts.items():
        rows = np.asarray(given)
        if rows.size and rows.dtype.kind not in "iu":
            raise BadPart(name)
        rows = rows.astype(np.int64)
        distinct = np.unique(rows)
        stored = as_vectors(vectors, dimensions.get(name, (0, *np.shape(vectors))[-1]))
        if not 0 < len(name) <= MAX_KEY or rows.ndim != 1:
            raise BadPart(name)
        if len(distinct) != len(rows) or len(rows) != len(stored) or ((rows < 0) | (rows >= keys)).any():
            raise BadPart(name)
        if len(rows):
            checked[name] = (distinct, stored[np.argsort(rows)])
    return checked


def unit(vectors: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return vectors (n, d), none of zero norm, at unit norm: (n, d) float32."""
    wide = vectors.astype(np.float64)
    return (wide / norms(wide)[:, None]).astype(np.float32)


def angles(left: NDArray[np.float16], right: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return bounds, (n,) float32 in radians, that the angles between rows of (n, d) each do not exceed."""
    widest = np.empty(len(left), dtype=np.float32)
    for start in range(0, len(left), _ROWS_AT_A_TIME):
        rows = slice(start, start + _ROWS_AT_A_TIME)
        chords = np.linalg.norm(unit(left[rows]) - unit(right[rows]), axis=1).astype(np.float64)
        widest[rows] = 2 * np.arcsin(np.minimum(1.0, chords / 2)) * (1 + 1e-3) + 1e-6  # chords are right to 1e-7
    return widest


def norms(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Euclidean norms, (n,) float64, of vectors (n, d) float64."""
    lengths: NDArray[np.float64] = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    return lengths


def cosines(vectors: NDArray[np.float16], queries: NDArray[np.float16]) -> NDArray[np.float64]:
    """Return the score of every vector against every query.

    The score is the float64 dot product over both float64 norms, clipped to [-1, 1] and rounded to
    1e-6 (law 2 of a shard). A product of two float16 values is a multiple of 2**-48, so that sums
    below 32 are exact in the 53 bits of float64: at unit norm neither the batch a vector stands
    in, nor the order of summation, nor the machine can change a score.

    Args:
        vectors: (n, d) float16, no row of zero norm.
        queries: (m, d) float16, no row of zero norm.

    Returns:
        (n, m) float64 in [-1, 1].
    """
    wide = queries.astype(np.float64)  # (m, d)
    query_norms = norms(wide)  # (m,)
    scores = np.empty((len(vectors), len(queries)), dtype=np.float64)
    for start in range(0, len(vectors), _ROWS_AT_A_TIME):
        rows = vectors[start : start + _ROWS_AT_A_TIME].astype(np.float64)  # (r, d)
        lengths = norms(rows)[:, None] * query_norms  # (r, m)
        scores[start : start + _ROWS_AT_A_TIME] = (rows @ wide.T) / lengths
    return _as_scores(scores)


def cosines_each(vectors: NDArray[np.float16], queries: NDArray[np.float16]) -> NDArray[np.float64]:
    """Return the scores of every query against vectors of its own, as `cosines` does, to the last bit.

    Args:
        vectors: (m, w, d) float16, no row of zero norm; their number is bounded by the caller.
        queries: (m, d) float16, no row of zero norm.

    Returns:
        (m, w) float64 in [-1, 1].
    """
    wide = vectors.astype(np.float64)  # (m, w, d)
    sought = queries.astype(np.float64)  # (m, d)
    scores: NDArray[np.float64] = (wide @ sought[:, :, None])[:, :, 0]  # (m, w)
    scores /= np.sqrt(np.einsum("mwd,mwd->mw", wide, wide)) * norms(sought)[:, None]
    return _as_scores(scores)


def cosine_columns(vectors: NDArray[np.float16], queries: NDArray[np.float16]) -> Iterator[NDArray[np.float64]]:
    """Yield for each query its scores, (n,) float64, against all vectors, in bounded memory.

    Args:
        vectors: (n, d) float16, no row of zero norm.
        queries: (m, d) float16, no row of zero norm.
    """
    step = max(1, _SCORES_AT_A_TIME // max(1, len(vectors)))
    for start in range(0, len(queries), step):
        yield from cosines(vectors, queries[start : start + step]).T


def _as_scores(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clip and round cosines in their place."""
    np.maximum(cosines, -1.0, out=cosines)
    np.minimum(cosines, 1.0, out=cosines)
    cosines.round(_DECIMALS, out=cosines)
    cosines += 0.0  # no negative zero
    return cosines
