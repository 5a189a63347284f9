"""The public face of each package: complete, real."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("encoders", "index", "streams")
MODULES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
FACES = [
    ".".join(path.parent.relative_to(ROOT).parts)
    for path in MODULES
    if path.name == "__init__.py" and "__all__" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", FACES)
def test_a_face_is_real(name: str) -> None:
    """What is promised can be imported; ruff keeps the order."""
    face = importlib.import_module(name)

    assert len(face.__all__) == len(set(face.__all__))
    assert [public for public in face.__all__ if not hasattr(face, public)] == []


@pytest.mark.parametrize("name", FACES)
def test_a_face_names_all_that_it_imports(name: str) -> None:
    """`__all__` is complete: what a face takes in, it shows."""
    source = (ROOT / Path(*name.split(".")) / "__init__.py").read_text(encoding="utf-8")
    taken = {
        alias.asname or alias.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert taken <= set(importlib.import_module(name).__all__)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_a_caption_and_a_size(path: Path) -> None:
    """One sentence says what it is; over 300 lines it is two ideas."""
    source = path.read_text(encoding="utf-8")
    caption = ast.get_docstring(ast.parse(source)) or ""

    assert caption.split("\n\n")[0].strip(), "no first sentence"
    assert len(source.splitlines()) <= 300


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_every_folder_of_code_is_a_package(package: str) -> None:
    """So that tests/unit/index can never be taken for index."""
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}

    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    """Find the noun."""
    nameless = {"utils", "helpers", "common", "misc", "base", "manager"}

    assert [str(path) for path in MODULES if path.stem in nameless or path.parent.name in nameless] == []
