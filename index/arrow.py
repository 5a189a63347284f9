"""Numpy arrays as Arrow files, the only door to pyarrow."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.errors import BadSegment

# Rows written at a time: 8,192 of 256 values are 4 MiB, between which other threads take their turn.
_ROWS_AT_A_TIME = 8192

# A column: (n,) of numbers, (n, w) of numbers as n strings of bytes, or n strings of bytes of any length.
Column = NDArray[np.generic] | list[bytes]

# What is written beside the columns, as JSON.
Facts = Mapping[str, object]


S = TypeVar("S", bound=np.generic)


class Sink(Protocol):
    """Where the bytes of one file go."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""
        ...


# Opens a file by name, to be written from its beginning; it is complete when the context is left.
Open = Callable[[str], AbstractContextManager[Sink]]

# Returns all bytes of a file by name.
Read = Callable[[str], bytes]


def write_columns(sink: Sink, columns: Mapping[str, Column], facts: Facts) -> None:
    """Write columns of one length, the bytes of arrays as they are, with facts about them."""
    arrays = {name: _array(column) for name, column in columns.items()}
    schema = pa.schema(
        [pa.field(name, array.type, nullable=False) for name, array in arrays.items()],
        metadata={"facts": json.dumps(facts)},
    )
    batch = pa.RecordBatch.from_arrays(list(arrays.values()), schema=schema)
    with pa.ipc.new_file(sink, schema) as writer:
        for start in range(0, batch.num_rows, _ROWS_AT_A_TIME):
            writer.write_batch(batch.slice(start, _ROWS_AT_A_TIME))


class Written:
    """Columns that were read.

    Raises:
        BadSegment: It is not an Arrow file, or not a whole one.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._table = pa.ipc.open_file(pa.py_buffer(data)).read_all()
            self._table.validate(full=True)
            self.facts: dict[str, object] = json.loads((self._table.schema.metadata or {})[b"facts"])
        except (pa.ArrowException, KeyError, ValueError, OSError) as error:
            raise BadSegment(f"no Arrow file: {error}") from error

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def number(self, name: str, at_least: int, at_most: int) -> int:
        """Return a fact that is a whole number within bounds.

        Raises:
            BadSegment: It is none.
        """
        value = self.facts.get(name)
        if not isinstance(value, int) or not at_least <= value <= at_most:
            raise BadSegment(f"{name}: {value!r}")
        return value

    def has(self, name: str) -> bool:
        """Return whether there is a column of a name."""
        return name in self._table.column_names

    def strings(self, name: str) -> list[bytes]:
        """Return a column of strings of bytes.

        Raises:
            BadSegment: There is no such column.
        """
        return self._column(name, pa.binary()).to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types

    def numbers(self, name: str, dtype: type[S]) -> NDArray[S]:
        """Return a column of numbers, (n,), as a copy.

        Raises:
            BadSegment: There is no such column.
        """
        column = self._column(name, pa.from_numpy_dtype(dtype))
        return np.concatenate([np.empty(0, dtype=dtype), *(chunk.to_numpy() for chunk in column.chunks)])

    def rows(self, name: str, dtype: type[S], width: int) -> NDArray[S]:
        """Return a column of arrays, (n, width), as a copy.

        Raises:
            BadSegment: There is no such column.
        """
        size = width * np.dtype(dtype).itemsize
        column = self._column(name, pa.binary(size))
        parts = [
            np.frombuffer(chunk.buffers()[1], dtype=dtype)[chunk.offset * width : (chunk.offset + len(chunk)) * width]
            for chunk in column.chunks
        ]
        return np.concatenate([np.empty(0, dtype=dtype), *parts]).reshape(-1, width)

    def _column(self, name: str, kind: pa.DataType) -> pa.ChunkedArray:
        if not self.has(name) or self._table.column(name).type != kind or self._table.column(name).null_count:
            raise BadSegment(f"column {name}")
        return self._table.column(name)


def _array(column: Column) -> pa.Array:
    if isinstance(column, list):
        return pa.array(column, type=pa.binary())
    flat = np.ascontiguousarray(column)
    if flat.ndim == 1:
        return pa.array(flat)
    kind = pa.binary(flat.shape[1] * flat.itemsize)
    return pa.Array.from_buffers(kind, len(flat), [None, pa.py_buffer(flat.reshape(-1).view(np.uint8))])
