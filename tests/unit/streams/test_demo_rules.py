"""The rules of a demo: found on development trends, kept by model id, looked up by what a trend is about."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from encoders import SIGNAL, default_suite, load_fusion, load_suite
from encoders.corpus import ShownSettings, Split
from index import Rows
from streams.demo.choosing import Draw, _best, choose_rules
from streams.demo.exact import scores
from streams.demo.rules import ANY_KIND, Rule, RuleBook, about, fixed, read_rules, rules_file, write_rules
from streams.demo.suite import chosen_rules, rules_of, shown_suite
from streams.errors import UserError
from streams.settings import EncoderSettings, load_settings

CARD = load_fusion(SIGNAL)[1]
_RULE = Rule(score_kind="audio", seed_pooling="mean", threshold=0.5)


def _rows(vectors: Sequence[tuple[Sequence[float] | None, Sequence[float] | None]]) -> Rows:
    """Return rows of audio and text in two dimensions, side by side as fused vectors."""
    parts, fused = {}, np.zeros((len(vectors), 4), dtype=np.float16)
    for place, name in enumerate(("audio", "text")):
        having = [row for row, pair in enumerate(vectors) if pair[place] is not None]
        stacked = np.array([vectors[row][place] for row in having], dtype=np.float16)
        parts[name] = (np.array(having, dtype=np.int64), stacked)
        fused[having, 2 * place : 2 * place + 2] = stacked
    return Rows([f"v{row}" for row in range(len(vectors))], fused, parts)


_X, _Y = (1.0, 0.0), (0.0, 1.0)


def _draw(kind: str, posts: Sequence[tuple[Sequence[float] | None, Sequence[float] | None]], labels: str) -> Draw:
    """A trend of two seeds that are X in both; labels say of each post whether it is of the trend."""
    return Draw(kind, _rows([(_X, _X), (_X, _X)]), _rows(posts), np.array([one == "+" for one in labels]),
                np.ones(len(labels)))  # fmt: skip


@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("visual+shape:ring+palette:neon", "frames"),
        ("conjunctive+sound:drums+wording:dare", "audio+text"),
        ("text+wording:dare", "text"),
        ("caltech101", ANY_KIND),
        (None, ANY_KIND),
    ],
)
def test_a_family_says_what_its_trends_are_about(family: str | None, said: str) -> None:
    """As a moderator would; a foreign one says nothing."""
    assert about(family) == said


def test_a_trend_without_a_rule_of_its_own_has_that_of_any() -> None:
    """A foreign corpus names no family."""
    book = RuleBook(model_id="m", conditions="", rules={"audio": _RULE, ANY_KIND: fixed("m", 0.1).rules[ANY_KIND]})
    assert book.rule("audio+sound:hiss") is _RULE
    assert book.rule(None).threshold == book.rule("text+wording:dare").threshold == 0.1


def test_the_threshold_parts_what_can_be_parted() -> None:
    """A sound: what is said does not help, so it is left out."""
    draws = [_draw("audio", [(_X, _Y), ((0.8, 0.6), _Y), (_Y, _X), ((0.6, 0.8), _X)], "++--")]
    best = _best(draws, "audio", CARD)
    assert (best.score_kind, best.precision, best.recall) == ("audio", 1.0, 1.0)
    assert 0.6 < best.threshold < 0.8


def test_what_needs_both_is_asked_for_both() -> None:
    """Each alone is harmless: one high score does not make up for the other."""
    near, far = (0.8, 0.6), (0.7, 0.714)
    draws = [_draw("audio+text", [(_X, _X), (near, near), (_X, far), (far, _X), (None, _X)], "++---")]
    best = _best(draws, "audio+text", CARD)
    assert (best.score_kind, best.precision, best.recall) == ("all", 1.0, 1.0)
    judged = scores(best, draws[0].posts, draws[0].seeds, CARD)
    assert ((judged >= best.threshold) == draws[0].labels).all()


def test_the_choice_is_the_same_again() -> None:
    """A rule that nobody can find again is no rule."""
    small = ShownSettings(split=Split.DEVELOPMENT, trends=4, posts=40, damaged=False)
    one, other = (choose_rules(load_suite(SIGNAL), small) for _ in range(2))
    assert one == other
    assert set(one.rules) == {"frames", ANY_KIND}
    assert all(rule.precision is not None and rule.recall is not None for rule in one.rules.values())


def test_rules_are_kept_as_they_are(tmp_path: Path) -> None:
    """What cannot be read is named."""
    path = tmp_path / "suite" / "rules.json"
    book = RuleBook(model_id="m", conditions="c", rules={ANY_KIND: _RULE})
    assert read_rules(path) is None
    write_rules(path, book)
    assert read_rules(path) == book
    assert rules_file(str(path.parent)) == path
    path.write_text("{}")
    with pytest.raises(UserError, match=r"rules\.json"):
        read_rules(path)


def test_rules_of_other_weights_do_not_serve(tmp_path: Path) -> None:
    """They are found by model id; what was chosen once is not chosen again."""
    model_id = load_fusion(SIGNAL)[1].model_id
    book = RuleBook(model_id=model_id, conditions="c", rules={ANY_KIND: _RULE})
    kept = tmp_path / f"rules-{model_id}.json"
    shipped = read_rules(rules_file(SIGNAL))
    write_rules(kept, book)
    found = rules_of(EncoderSettings(suite=SIGNAL), tmp_path, pytest.fail)
    assert found == (shipped if shipped is not None and shipped.model_id == model_id else book)


def test_a_stated_threshold_asks_nobody(tmp_path: Path) -> None:
    """As before: one threshold of fused vectors, for all trends."""
    book = chosen_rules(EncoderSettings(suite=SIGNAL), -1.0, tmp_path, pytest.fail)
    assert book.rule("audio+sound:hiss") == Rule(score_kind="fused", seed_pooling="max", threshold=-1.0)


def test_a_demo_shows_what_was_chosen_else_what_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option goes before the environment, both before the default."""
    monkeypatch.delenv("EBR_ENCODERS__SUITE", raising=False)
    assert shown_suite(load_settings(), None).encoders.suite == default_suite()
    monkeypatch.setenv("EBR_ENCODERS__SUITE", "mine")
    monkeypatch.setenv("EBR_ENCODERS__BATCH_VIDEOS", "3")
    assert shown_suite(load_settings(), None).encoders.suite == "mine"
    chosen = shown_suite(load_settings(), SIGNAL).encoders
    assert (chosen.suite, chosen.batch_videos) == (SIGNAL, 3)
