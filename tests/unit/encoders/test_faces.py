"""Tests of the public faces of the package."""

from types import ModuleType

import pytest

import encoders
import encoders.evaluation
import encoders.media


@pytest.mark.parametrize("face", [encoders, encoders.evaluation, encoders.media], ids=lambda face: face.__name__)
def test_all_is_sorted_without_doubles_and_there(face: ModuleType) -> None:
    """What `__all__` promises can be imported; the order is ASCII's, so that a merge shows what came."""
    assert list(face.__all__) == sorted(set(face.__all__))
    assert all(hasattr(face, name) for name in face.__all__)
