"""Tests of the public faces of the package."""

from types import ModuleType

import pytest

import encoders
import encoders.evaluation
import encoders.media


@pytest.mark.parametrize("face", [encoders, encoders.evaluation, encoders.media], ids=lambda face: face.__name__)
def test_all_is_without_doubles_and_there(face: ModuleType) -> None:
    """What `__all__` promises can be imported; its order is ruff's to hold (RUF022)."""
    assert len(face.__all__) == len(set(face.__all__))
    assert all(hasattr(face, name) for name in face.__all__)
