"""Tests of what is said about the code that runs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from encoders import commit
from encoders.commit import code_commit


def repository(folder: Path) -> None:
    """Make a repository with one commit of one file."""
    (folder / "other.py").write_text("")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "other.py"), (*who, "commit", "-q", "-m", "One")):
        subprocess.run(["git", "-C", str(folder), *words], check=True)


def test_a_checkout_says_its_commit_with_its_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty digits; a file that differs from the commit is told, too."""
    repository(tmp_path)
    monkeypatch.setattr(commit, "__file__", str(tmp_path / "other.py"))

    assert re.fullmatch(r"[0-9a-f]{40}", code_commit())
    (tmp_path / "other.py").write_text("changed")
    assert code_commit().endswith("+changes")


def test_elsewhere_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of any repository, within one that does not have this code, without git."""
    shutil.copy(commit.__file__, tmp_path / "commit.py")
    monkeypatch.setattr(commit, "__file__", str(tmp_path / "commit.py"))
    assert code_commit() == ""
    repository(tmp_path)
    assert code_commit() == ""
    monkeypatch.setattr(commit, "__file__", str(tmp_path / "other.py"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_commit() == ""
