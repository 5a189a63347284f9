"""The rules by which trends of each kind are declared, chosen by one suite's scores of development trends."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from encoders.corpus import FACTOR_MODALITIES
from encoders.modality import Modality
from encoders.suite_folders import weights_folder
from streams.errors import UserError
from streams.wire.trend import ScoreKind, SeedPooling, Thresholds

RULES_FILE = "rules.json"
ANY_KIND = "any"
"""The rule of trends of which nobody says what they are about."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How posts are judged against a trend.

    Attributes:
        score_kind: What is compared.
        seed_pooling: How the scores with several seeds become one.
        threshold: Score from which a post is a hit.
        modality_thresholds: Under score kind `all`, what each modality must reach.
        precision: Of the development trends at this threshold, in the mixture of a demo; None where nobody measured.
        recall: Likewise.
    """

    score_kind: ScoreKind
    seed_pooling: SeedPooling
    threshold: float
    modality_thresholds: Thresholds | None = None
    precision: float | None = None
    recall: float | None = None


class RuleBook(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one suite.

    Attributes:
        model_id: Of the suite whose scores they are for.
        conditions: What they were chosen on.
        rules: By kind of trend, `ANY_KIND` among them.
    """

    model_id: str
    conditions: str
    rules: Mapping[str, Rule]

    def rule(self, family: str | None) -> Rule:
        """Return the rule of a trend of a family, or that of any where there is none of its own."""
        return self.rules.get(about(family), self.rules[ANY_KIND])


def about(family: str | None) -> str:
    """Return the modalities in which a trend of a family is defined, as a moderator would say: `audio+text`."""
    factors = [part.partition(":")[0] for part in (family or "").split("+")[1:]]
    modalities = {FACTOR_MODALITIES[factor] for factor in factors if factor in FACTOR_MODALITIES}
    return "+".join(modality for modality in Modality if modality in modalities) or ANY_KIND


def fixed(model_id: str, threshold: float) -> RuleBook:
    """Return the one rule of a person who states a threshold: fused vectors, the nearest seed."""
    rule = Rule(score_kind="fused", seed_pooling="max", threshold=threshold)
    return RuleBook(model_id=model_id, conditions="stated", rules={ANY_KIND: rule})


def rules_file(suite: str) -> Path:
    """Return where the rules of a suite lie: beside its file."""
    path = Path(suite)
    folder = weights_folder() / suite
    if not folder.is_dir() and path.exists():
        folder = path if path.is_dir() else path.parent
    return folder / RULES_FILE


def read_rules(path: Path) -> RuleBook | None:
    """Read rules; None where there are none.

    Raises:
        UserError: The file holds something else.
    """
    if not path.is_file():
        return None
    try:
        book = msgspec.json.decode(path.read_bytes(), type=RuleBook)
    except msgspec.DecodeError as error:
        raise UserError(f"{path}: {error}") from error
    if ANY_KIND not in book.rules:
        raise UserError(f"{path}: it has no rule {ANY_KIND!r}")
    return book


def write_rules(path: Path, book: RuleBook) -> None:
    """Write rules; the folder is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(book), indent=2) + b"\n")
