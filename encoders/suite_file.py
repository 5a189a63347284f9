"""The TOML file in which a suite is chosen: a source for each modality, with a fusion."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from encoders.errors import BadSuite
from encoders.modality import Modality

SUITE_FILE = "suite.toml"

SUITE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""A suite's name begins its model id, which messages bear."""


class Source(StrEnum):
    """Where a tower comes from."""

    SIGNAL = "signal"
    SHIPPED = "shipped"
    TRANSFORMERS = "transformers"


# Fields that would say nothing of a source: what a trained tower does is in its own folder.
_OF_NONE = {
    Source.SIGNAL: ("model", "pooling", "local_files_only", "revision"),
    Source.SHIPPED: ("pooling", "local_files_only", "revision"),
    Source.TRANSFORMERS: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TowerChoice:
    """How one modality is encoded.

    Attributes:
        source: Where the tower comes from.
        model: Folder or name; a folder beside the suite's file is made absolute. Empty for `signal`.
        pooling: How pictures become a clip: `ordered` or `mean`.
        whitening: File of its whitening; None without.
        local_files_only: False lets a name be fetched from the hub.
        revision: Of a name.
    """

    source: Source
    model: str = ""
    pooling: str = "ordered"
    whitening: Path | None = None
    local_files_only: bool = True
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteChoice:
    """What a suite's file says.

    Attributes:
        name: Of the suite; the first part of its model id.
        towers: One a modality, in the order of `Modality`.
        weights: Of each modality in the fusion, positive; none where a head weighs them.
        head: File of a trained fusion; None for vectors side by side.
        folder: Where its file lies.
    """

    name: str
    towers: Mapping[Modality, TowerChoice]
    weights: Mapping[Modality, float]
    head: Path | None = None
    folder: Path | None = None


def read_suite(path: Path) -> SuiteChoice:
    """Read a suite's file.

    Args:
        path: The file, or a folder that has it under the name `SUITE_FILE`.

    Raises:
        BadSuite: It is not there, no TOML, or a field is missing, unknown or of another type; `field` names it.
    """
    file = path / SUITE_FILE if path.is_dir() else path
    try:
        fields = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSuite(file, "", str(error)) from error
    top = _Table(file, "", fields)
    top.allow("name", "fusion", *Modality)
    name = top.word("name", file.parent.name if file.name == SUITE_FILE else file.stem)
    if not SUITE_NAME.fullmatch(name):
        raise BadSuite(file, "name", f"{name!r} must be of small letters, digits and . _ -")
    towers = {modality: _tower(top.table(modality), modality) for modality in Modality if modality in fields}
    if not towers:
        raise BadSuite(file, "", f"it chooses no tower; one of [{'], ['.join(Modality)}] is needed")
    weights, head = _fusion(top.table("fusion"), tuple(towers))
    return SuiteChoice(name=name, towers=towers, weights=weights, head=head, folder=file.parent)


def _tower(table: "_Table", modality: Modality) -> TowerChoice:
    table.allow("source", "model", "pooling", "whitening", "local_files_only", "revision")
    source = Source(table.one_of("source", tuple(Source), None))
    if modality is not Modality.FRAMES and "pooling" in table.fields:
        raise BadSuite(table.file, table.place("pooling"), "only frames are pooled over time")
    for key in _OF_NONE[source]:
        if key in table.fields:
            raise BadSuite(table.file, table.place(key), f"the {source} source has none")
    if source is Source.SIGNAL:
        return TowerChoice(source=source, whitening=table.path("whitening"))
    model = table.word("model", None)
    beside = table.file.parent / model
    return TowerChoice(
        source=source,
        model=str(beside.absolute()) if beside.is_dir() else model,
        pooling=table.one_of("pooling", ("ordered", "mean"), "ordered"),
        whitening=table.path("whitening"),
        local_files_only=table.flag("local_files_only", default=True),
        revision=table.word("revision", "") or None,
    )


def _fusion(table: "_Table", modalities: tuple[Modality, ...]) -> tuple[dict[Modality, float], Path | None]:
    table.allow("kind", "weights", "file")
    if table.one_of("kind", ("concat", "head"), "concat") == "head":
        if "weights" in table.fields:
            raise BadSuite(table.file, table.place("weights"), "a head has its own")
        table.word("file", None)
        return {}, table.path("file")
    if "file" in table.fields:
        raise BadSuite(table.file, table.place("file"), "only a head has one")
    inner = table.table("weights")
    inner.allow(*modalities)
    if not inner.fields:
        return dict.fromkeys(modalities, 1.0), None
    return {modality: inner.positive(modality) for modality in modalities}, None


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file that knows its own place."""

    file: Path
    name: str
    fields: Mapping[str, object]

    def place(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def allow(self, *known: str) -> None:
        """Refuse a field that nobody reads: it is a misspelt one."""
        for key in self.fields:
            if key not in known:
                raise BadSuite(self.file, self.place(key), f"unknown; known: {', '.join(known)}")

    def table(self, key: str) -> "_Table":
        value = self.fields.get(key, {})
        if not isinstance(value, dict):
            raise BadSuite(self.file, self.place(key), "it must be a table")
        return _Table(self.file, self.place(key), value)

    def word(self, key: str, default: str | None) -> str:
        value = self.fields.get(key, default)
        if value is None:
            raise BadSuite(self.file, self.place(key), "it is needed")
        if not isinstance(value, str):
            raise BadSuite(self.file, self.place(key), f"it must be a text, got {value!r}")
        return value

    def one_of(self, key: str, known: tuple[str, ...], default: str | None) -> str:
        value = self.word(key, default)
        if value not in known:
            raise BadSuite(self.file, self.place(key), f"{value!r} is none of {', '.join(known)}")
        return value

    def path(self, key: str) -> Path | None:
        value = self.word(key, "")
        return self.file.parent / value if value else None

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.fields.get(key, default)
        if not isinstance(value, bool):
            raise BadSuite(self.file, self.place(key), f"it must be true or false, got {value!r}")
        return value

    def positive(self, key: str) -> float:
        value = self.fields.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise BadSuite(self.file, self.place(key), f"it must be a number above 0, got {value!r}")
        return float(value)
