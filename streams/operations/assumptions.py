"""What the simulation assumes: one TOML file, every field with its limits."""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from streams.errors import UserError

SHIPPED = Path(__file__).with_name("assumptions.toml")
"""The file that ships; its comments say what each field means."""

_AT = re.compile(r"(?P<reason>.*) - at `\$\.?(?P<field>[^`]*)`")

End = int | float | bool

# 2^30 times the first day: a billion.
_MOST_DOUBLINGS = 30

Share = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(gt=0, lt=1)]
Amount = Annotated[float, Meta(ge=0, le=1e12)]
Days = Annotated[float, Meta(ge=0, le=10_000)]
WholeDays = Annotated[int, Meta(ge=0, le=10_000)]
Spread = Annotated[float, Meta(ge=0, le=5)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: every field must be there, no other may."""


class Quality(_Table, frozen=True, kw_only=True):
    """How well a kind of harm is found: `roc_auc` with `slope`, or the trends of an evaluation report.

    Attributes:
        roc_auc: Area under a binormal curve.
        slope: Deviation of the harmless in those of the harmful.
        spread: Standard deviation of the intercept over trends.
        report: JSON of `ebr evaluate trends`, instead of the three.
        row: Of its headline.
        shift: Added to every intercept, in deviations of the harmless.
    """

    roc_auc: Annotated[float, Meta(gt=0, lt=1)] | None = None
    slope: Annotated[float, Meta(gt=0, le=10)] = 1.0
    spread: Spread = 0.0
    report: str | None = None
    row: str | None = None
    shift: Annotated[float, Meta(ge=-10, le=10)] = 0.0

    def __post_init__(self) -> None:
        """Refuse both kinds at once, or half of one."""
        if (self.roc_auc is None) == (self.report is None):
            raise ValueError("needs either roc_auc or report")
        if (self.report is None) != (self.row is None):
            raise ValueError("report and row go together")


class Traffic(_Table, frozen=True, kw_only=True):
    """What is uploaded."""

    videos_a_day: Annotated[float, Meta(gt=0, le=1e11)]
    known_share: Share


class Trends(_Table, frozen=True, kw_only=True):
    """How trends come, grow, fade."""

    births_a_week: Annotated[float, Meta(gt=0, le=1_000)]
    videos_on_first_day: Amount
    size_spread: Spread
    doubling_days: Annotated[float, Meta(ge=0.1, le=1e6)]
    growth_days: Annotated[float, Meta(ge=0, le=365)]
    half_life_days: Annotated[float, Meta(ge=0.1, le=1e6)]
    notice_days: Days

    def __post_init__(self) -> None:
        """Refuse a trend that would outgrow all counting."""
        if self.growth_days > _MOST_DOUBLINGS * self.doubling_days:
            raise ValueError(
                f"growth_days must be at most {_MOST_DOUBLINGS} times doubling_days, got {self.growth_days}"
            )


class Classifier(_Table, frozen=True, kw_only=True):
    """What judges every video in both arms, with what it costs to teach it a trend."""

    false_positive_rate: Rate
    retrain_days: Days
    labels: Amount
    compute_hours: Amount
    specialist_hours: Amount
    compute_seconds: Amount
    known: Quality
    unseen: Quality
    taught: Quality


class Retrieval(_Table, frozen=True, kw_only=True):
    """What the second arm has beside it."""

    false_positive_rate: Rate
    seed_days: Days
    live_days: WholeDays
    retention_days: WholeDays
    specialist_hours: Amount
    still_taught: bool
    compute_seconds: Amount
    machines: Amount
    quality: Quality


class Review(_Table, frozen=True, kw_only=True):
    """What reviewers can do; they are never wrong."""

    seconds: Annotated[float, Meta(gt=0, le=86_400)]
    hours_a_day: Annotated[float, Meta(gt=0, le=1e9)]


class Prices(_Table, frozen=True, kw_only=True):
    """Of an hour, in one currency."""

    reviewer_hour: Amount
    specialist_hour: Amount
    compute_hour: Amount


class Assumptions(_Table, frozen=True, kw_only=True):
    """All of them; `assumptions.toml` says what each means."""

    days: Annotated[int, Meta(ge=1, le=3_650)]
    warm_up_days: Annotated[int, Meta(ge=0, le=3_650)]
    traffic: Traffic
    trends: Trends
    classifier: Classifier
    retrieval: Retrieval
    review: Review
    prices: Prices
    ranges: Mapping[str, tuple[End, End]]

    def varied(self, field: str, value: object) -> "Assumptions":
        """Return the same with one field changed.

        Args:
            field: By its path, `traffic.known_share` say.
            value: Of the field.

        Raises:
            UserError: There is no such field, or the value is outside its limits.
        """
        return _converted(_set(msgspec.to_builtins(self), field, value), None)

    def value(self, field: str) -> End:
        """Return the value of a field that has a range, by its path."""
        found: Any = self
        for name in field.split("."):
            found = getattr(found, name)
        return cast(End, found)

    @property
    def digest(self) -> str:
        """SHA-256 over every value, in hex."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def read_assumptions(path: Path = SHIPPED, changes: Sequence[str] = ()) -> Assumptions:
    """Read the file.

    Args:
        path: TOML.
        changes: `FIELD=VALUE` each, the value as TOML has it; over those of the file.

    Returns:
        The assumptions; both ends of every range were tried.

    Raises:
        UserError: It cannot be read, a field is missing, not known or outside its limits; names file, field, limit.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: {error}") from error
    for change in changes:
        field, equals, text = change.partition("=")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise UserError(f"--set {change}: not FIELD=VALUE with a value as in TOML: {error}") from error
        if not equals:
            raise UserError(f"--set {change}: not FIELD=VALUE")
        document = _set(document, field.strip(), value)
    assumptions = _converted(document, path)
    for field, (low, high) in assumptions.ranges.items():
        if low > high:
            raise UserError(f"{path}, ranges.{field}: low must be at most high, got {low} and {high}")
        for end in (low, high):
            try:
                assumptions.varied(field, end)
            except UserError as error:
                raise UserError(f"{path}, ranges.{field}: {error}") from error
    return assumptions


def _set(document: Mapping[str, object], field: str, value: object, above: str = "") -> dict[str, object]:
    """Return the document with one field changed; `above` is the path that led to it."""
    head, dot, rest = field.partition(".")
    if not dot:
        return {**document, head: value}
    below = document.get(head)
    if not isinstance(below, Mapping):
        raise UserError(f"{above}{field}: there is no table {above}{head}")
    return {**document, head: _set(below, rest, value, f"{above}{head}.")}


def _converted(document: Mapping[str, object], path: Path | None) -> Assumptions:
    try:
        return msgspec.convert(document, Assumptions)
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        text = f"{found['field']}: {found['reason']}" if found and found["field"] else str(error)
        raise UserError(text if path is None else f"{path}, {text}") from error
