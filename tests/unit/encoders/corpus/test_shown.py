"""The corpus of a demo holds what a demo must show: trends that training never saw, most of them no copies."""

from collections import Counter
from pathlib import Path

import pytest

from encoders.corpus import (
    CorpusSettings,
    Role,
    ShownSettings,
    Split,
    draw_taxonomy,
    generate_shown,
    read_truth,
    shown_leaves,
    shown_parts,
)
from encoders.corpus.damage import Damage

REHEARSED = ShownSettings(split=Split.DEVELOPMENT, trends=16, posts=16 * 22 + 20, damaged=False, seed=1)


def test_a_demo_has_four_trends_mostly_of_no_copies_with_three_hard_negatives_each() -> None:
    """The pass mark's own words."""
    parts = shown_parts(ShownSettings())
    assert len(parts) == ShownSettings().posts
    assert sum(part.damage is not None for part in parts) == len(Damage)
    for leaf in shown_leaves(ShownSettings()):
        own = [part for part in parts if part.post.leaf == leaf.name]
        roles = Counter(part.role for part in own)
        copies = [part.post for part in own if part.post.edits]
        assert roles == {Role.SEED: 5, Role.POSITIVE: 14, Role.HARD_NEGATIVE: 3}
        assert 2 * len(copies) <= roles[Role.POSITIVE]
        assert {copy.group for copy in copies} <= {part.post.group for part in own if part.role is Role.SEED}


@pytest.mark.parametrize("settings", [ShownSettings(), REHEARSED], ids=["demo", "development"])
def test_training_saw_none_of_what_defines_a_trend(settings: ShownSettings) -> None:
    """In one factor at least, the motif is kept from every training leaf; a new family has heads that are."""
    taxonomy = draw_taxonomy(CorpusSettings().seed)
    trained = {(c.factor, m) for leaf in taxonomy.training for c in leaf.criteria for m in c.motifs}
    heads = {(factor, motif.head) for factor, motif in trained}
    for leaf in shown_leaves(settings):
        defining = {(c.factor, m) for c in leaf.criteria for m in c.motifs}
        assert not defining & trained
        assert leaf.known == all((factor, motif.head) in heads for factor, motif in defining)
    assert not all(leaf.known for leaf in shown_leaves(settings))


def test_development_and_demo_share_no_trend_motif() -> None:
    """Else thresholds would be tuned on what they are shown on."""
    shown, rehearsed = (
        {(c.factor, m) for leaf in shown_leaves(settings) for c in leaf.criteria for m in c.motifs}
        for settings in (ShownSettings(), REHEARSED)
    )
    assert not shown & rehearsed


@pytest.mark.parametrize("settings", [ShownSettings(), REHEARSED], ids=["demo", "development"])
def test_the_truth_of_one_trend_a_post_is_the_whole_truth(settings: ShownSettings) -> None:
    """A positive is of its trend and of no other; what is no positive is of none."""
    leaves = shown_leaves(settings)
    for part in shown_parts(settings):
        matched = [leaf.name for leaf in leaves if leaf.matches(part.post.script)]
        positive = part.role in (Role.SEED, Role.POSITIVE)
        assert matched == ([part.post.leaf] if positive else [])


def test_a_small_demo_in_files(tmp_path: Path) -> None:
    """The manifest says what each file is; seeds come with the family of their trend."""
    generate_shown(tmp_path, ShownSettings(posts=12, trends=1))
    truths = read_truth(tmp_path)
    assert Counter(truth.role for truth in truths)[Role.DAMAGED] == len(Damage)
    [family] = {truth.family for truth in truths if truth.role is Role.SEED}
    assert family == shown_leaves(ShownSettings(trends=1))[0].family


def test_too_many_trends_for_the_posts_are_refused(tmp_path: Path) -> None:
    """With the smallest number that would do."""
    with pytest.raises(ValueError, match="36 posts, got 8"):
        generate_shown(tmp_path, ShownSettings(posts=8, trends=4))
