"""The file of trends: TOML in the words of the messages."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from streams.errors import BadMessage, UserError, at_field
from streams.wire.codec import decode_json
from streams.wire.trend import SeedAdded, TrendChanged, TrendDeclared

M = TypeVar("M", bound=msgspec.Struct)

RULE_FIELDS = tuple(
    name
    for name in TrendDeclared.__struct_fields__
    if name in TrendChanged.__struct_fields__ and name not in ("schema_version", "trend_id", "version")
)
"""What a file says of a trend, which is all that a moderator can change of it."""

DEFAULTS: Mapping[str, object] = MappingProxyType(
    {
        "state": "draft",
        "margin": 0.0,
        "score_kind": "fused",
        "background_normalised": False,
        "seed_pooling": "max",
        "on_retire": "keep",
    }
)
"""What a trend is where nobody says otherwise: a file, the options of `ebr trend declare`, a backtest of a new one."""

_WORDS = ("caption", "ocr_text", "speech_text")
_SEED_FIELDS = frozenset({"media", "polarity", "video_id", *_WORDS})

# Reads the words beside a media file; None without any.
Sidecar = Callable[[Path], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeed:
    """A seed as the file has it.

    Attributes:
        event: What would add it.
        path: Its media file; None where a URI says where it lies.
        said: The fields of its table: what is not said there is not compared.
    """

    event: SeedAdded
    path: Path | None
    said: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTrend:
    """A trend as the file has it, whole: a field that is not there has its default.

    Attributes:
        rule: What would declare it.
        seeds: By id.
    """

    rule: TrendDeclared
    seeds: Mapping[str, FileSeed]


def read_trend_file(path: Path, *, sidecar: Sidecar, by: str | None = None) -> dict[str, FileTrend]:
    """Return the trends of a file by id, in its order.

    Args:
        path: TOML; media of seeds are files relative to it, or URIs.
        sidecar: Asked for the words beside a media file where the table of its seed gives no caption.
        by: Who applies it.

    Raises:
        UserError: it cannot be read, or a field is missing, unknown or out of its limits; names file, field and limit.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: {error}") from error
    try:
        _only(document, frozenset({"trends"}), "")
        tables = _table(document.get("trends", {}), "trends")
        return {trend_id: _trend(trend_id, table, path.parent, sidecar, by) for trend_id, table in tables.items()}
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _trend(trend_id: str, table: object, folder: Path, sidecar: Sidecar, by: str | None) -> FileTrend:
    where = f"trends.{trend_id}"
    fields = _table(table, where)
    _only(fields, frozenset(RULE_FIELDS) | {"seeds"}, where)
    rule = {"trend_id": trend_id, "name": trend_id, "declared_by": by} | dict(DEFAULTS) | fields
    seeds = _table(rule.pop("seeds", {}), f"{where}.seeds")
    if "threshold" in rule:
        rule.setdefault("bands", [{"from_score": rule["threshold"], "action": "review"}])
    if "expires_at" in rule:
        rule["expires_at"] = _utc(rule["expires_at"])
    return FileTrend(
        rule=_message(TrendDeclared, rule, where),
        seeds={seed_id: _seed(trend_id, seed_id, seed, folder, sidecar, by) for seed_id, seed in seeds.items()},
    )


def _seed(trend_id: str, seed_id: str, table: object, folder: Path, sidecar: Sidecar, by: str | None) -> FileSeed:
    where = f"trends.{trend_id}.seeds.{seed_id}"
    fields = _table(table, where)
    _only(fields, _SEED_FIELDS, where)
    media = fields.get("media")
    if not isinstance(media, str) or not media:
        raise UserError(f"{where}.media: needs a file or a URI, got {'nothing' if media is None else repr(media)}")
    path = None if "://" in media or media.startswith("file:") else (folder / media).resolve()
    video = {name: fields[name] for name in ("video_id", *_WORDS) if name in fields}
    video["media_uri"] = media if path is None else path.as_uri()
    if path is not None and "caption" not in fields:
        video["caption"] = sidecar(path)
    seed = {
        "trend_id": trend_id,
        "seed_id": seed_id,
        "polarity": fields.get("polarity", "positive"),
        "video": video,
        "added_by": by,
    }
    return FileSeed(event=_message(SeedAdded, seed, where), path=path, said=frozenset(fields))


def _message(kind: type[M], fields: Mapping[str, object], where: str) -> M:
    """Return the message of a table, checked like any message from outside."""
    try:
        message: M = decode_json(msgspec.json.encode({"type": kind.__name__, **fields}), kind)
    except BadMessage as error:
        field = error.path.removeprefix("$").removeprefix(".").removeprefix("video.")
        raise UserError(at_field(f"{where}.{field}" if field else where, error.detail)) from error
    except (TypeError, msgspec.MsgspecError) as error:  # a value that TOML has but JSON has not
        raise UserError(f"{where}: {error}") from error
    return message


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{where}: must be a table, got {value!r}")
    return value


def _only(fields: Mapping[str, object], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(fields) - known)
    if unknown:
        path = f"{where}.{unknown[0]}".removeprefix(".")
        raise UserError(f"{path}: there is no such field; there are {', '.join(sorted(known))}")


def _utc(value: object) -> object:
    """Return a time of TOML with its zone: UTC where it names none; a day begins at midnight."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
