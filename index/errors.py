"""What the index refuses.

    VectorIndexError
      +-- WrongDimension
      +-- WrongType
      +-- NotFinite
      +-- ZeroNorm
      +-- BadKey
      +-- UnknownKey
      +-- KeyCountMismatch
      +-- BadCount (also a ValueError)
      +-- BadScore
      +-- BadTime
      +-- BadPart
      +-- BadSegment
      +-- BadParameter

The docstring of a class is its message; the facts of the case are attributes.
A refused call leaves the index as it was.
"""

import inspect


class VectorIndexError(Exception):
    """The index refused the request."""

    def __str__(self) -> str:
        """Return the docstring's first line, followed by the facts."""
        message = inspect.cleandoc(type(self).__doc__ or "").partition("\n")[0]
        facts = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{message} ({facts})" if facts else message


class WrongDimension(VectorIndexError):
    """The vectors are not rows of the dimension of the index."""

    def __init__(self, expected: int, shape: tuple[int, ...]) -> None:
        super().__init__(expected, shape)
        self.expected = expected
        self.shape = shape


class WrongType(VectorIndexError):
    """The vectors are not an array of floating-point numbers."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


class NotFinite(VectorIndexError):
    """A vector holds a value that is not finite in float16."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


class ZeroNorm(VectorIndexError):
    """A vector has no direction: all its values are zero in float16."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


class BadKey(VectorIndexError):
    """A key is not a string of 1 to `at_most` characters."""

    def __init__(self, row: int, key: object, at_most: int) -> None:
        super().__init__(row, key, at_most)
        self.row = row
        self.key = key  # its first `at_most` characters, if it is too long
        self.at_most = at_most


class UnknownKey(VectorIndexError):
    """A key is not stored."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class KeyCountMismatch(VectorIndexError):
    """There are not as many keys as vectors."""

    def __init__(self, keys: int, vectors: int) -> None:
        super().__init__(keys, vectors)
        self.keys = keys
        self.vectors = vectors


class BadCount(VectorIndexError, ValueError):
    """A count of neighbors is not a whole number of at least 1."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(name, value)
        self.name = name
        self.value = value


class BadScore(VectorIndexError):
    """A score to search above is not a finite number."""

    def __init__(self, score: object) -> None:
        super().__init__(score)
        self.score = score


class BadTime(VectorIndexError):
    """There is not one finite time, in seconds, a key."""

    def __init__(self, row: int | None, time: object) -> None:
        super().__init__(row, time)
        self.row = row
        self.time = time


class BadPart(VectorIndexError):
    """The rows of a part are not distinct rows of the batch, one a vector."""

    def __init__(self, name: object) -> None:
        super().__init__(name)
        self.name = name


class BadSegment(VectorIndexError):
    """What was read is not a segment as it was written."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadParameter(VectorIndexError):
    """A parameter of an index is out of its range."""

    def __init__(self, name: str, value: object, at_least: float, at_most: float) -> None:
        super().__init__(name, value, at_least, at_most)
        self.name = name
        self.value = value
        self.at_least = at_least
        self.at_most = at_most
