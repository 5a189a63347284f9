"""What another suite makes of a demo's files: exact search, with rules of its own from the same development trends."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from encoders import load_suite
from streams.demo.encoded import decoded, encoded
from streams.demo.exact import scores
from streams.demo.plan import Plan
from streams.demo.quality import Quality, quality_by_trend
from streams.demo.rules import RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The figures of a suite beside those of the demo.

    Attributes:
        suite: Its name.
        book: Its rules.
        by_trend: The quality of each trend.
    """

    suite: str
    book: RuleBook
    by_trend: Mapping[str, Quality]


def judge(plan: Plan, name: str, book: RuleBook) -> Beside:
    """Decode, encode and judge every published post against every trend, without a pipeline.

    Args:
        plan: Of the corpus.
        name: Of the suite.
        book: Its rules.
    """
    suite = load_suite(name)
    truths = [*plan.posts, *(seed for seeds in plan.seeds.values() for seed in seeds)]
    rows = encoded(suite, decoded(plan.folder, truths))
    place = {key: row for row, key in enumerate(rows.keys)}
    posts = rows.take([place[post.id] for post in plan.posts if post.id in place])
    hits: list[tuple[str, str]] = []
    for trend, of_trend in plan.seeds.items():
        seeds = rows.take([place[seed.id] for seed in of_trend if seed.id in place])
        rule = book.rule(plan.family(trend))
        if len(posts) and len(seeds):
            found = scores(rule, posts, seeds, suite.card)
            hits += [(trend, posts.keys[int(row)]) for row in np.flatnonzero(found >= rule.threshold)]
    return Beside(suite=suite.name, book=book, by_trend=quality_by_trend(hits, plan.positives))
