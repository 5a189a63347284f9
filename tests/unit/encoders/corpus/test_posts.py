"""The plan of a corpus of trends: roles that are true, groups that stay apart, chance that holds still."""

from collections import Counter
from dataclasses import replace

import pytest

from encoders.corpus import CorpusSettings, Kind, Post, Role, Section, Split, draw_taxonomy, plan_digest, posts_of
from encoders.corpus.posts import trend_posts
from encoders.corpus.programme import FACTORS

_SETTINGS = CorpusSettings().scaled(0.05)
_TAXONOMY = draw_taxonomy(_SETTINGS.seed)
_LEAVES = {leaf.name: leaf for leaf in _TAXONOMY.leaves()}

FROZEN = "19db5d954a6fe88acaa06c3141c38383169966e71303a5b1ad04508bd3255654"
"""The corpus before any method was compared on it. Who changes it throws away every figure measured so far."""


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    """All sections at a twentieth of their size."""
    return list(posts_of(_TAXONOMY, _SETTINGS))


def test_the_settings_are_frozen() -> None:
    """Vocabulary, leaves, sizes and every draw of a trial corpus are those that were checked in."""
    assert plan_digest(CorpusSettings()) == FROZEN


def test_the_full_size_meets_the_protocol() -> None:
    """At least 200 positives after 20 seeds, 5 times as many hard negatives, a background of 20,000."""
    settings = CorpusSettings()

    assert settings.originals - 20 >= 200
    assert settings.hard_negatives >= 5 * settings.originals
    assert settings.background == 20_000


def test_another_seed_or_size_has_another_digest() -> None:
    """The digest stands for all of the settings."""
    digests = {plan_digest(CorpusSettings()), plan_digest(CorpusSettings(seed=8))}
    digests.add(plan_digest(replace(CorpusSettings(), background=19_999)))

    assert len(digests) == 3


def test_positives_are_of_their_leaf_and_hard_negatives_fail_it_in_one_factor(posts: list[Post]) -> None:
    """The truth of every post is read off its script."""
    for post in posts:
        if post.leaf is not None:
            failed = [one.factor for one in _LEAVES[post.leaf].criteria if not one.holds(post.script)]
            assert failed == ([post.flipped] if post.role is Role.HARD_NEGATIVE else [])


def test_every_defining_factor_is_flipped_equally_often(posts: list[Post]) -> None:
    """Not only the easy one."""
    for leaf in _TAXONOMY.test:
        flips = Counter(post.flipped for post in posts if post.leaf == leaf.name and post.flipped)
        assert set(flips) == set(leaf.factors)
        assert max(flips.values()) - min(flips.values()) <= 1


def test_background_is_of_no_trend_of_its_section(posts: list[Post]) -> None:
    """Yet some of it bears one defining motif of a conjunctive trend: harmless alone."""
    lured = 0
    for post in posts:
        leaves = {Section.TEST: _TAXONOMY.test, Section.DEVELOPMENT: _TAXONOMY.development}.get(post.section, ())
        if post.role is Role.BACKGROUND:
            assert not any(leaf.matches(post.script) for leaf in leaves)
            conjunctive = [leaf for leaf in leaves if leaf.kind is Kind.CONJUNCTIVE]
            lured += any(one.holds(post.script) for leaf in conjunctive for one in leaf.criteria)
    assert lured > 100


def test_training_and_bank_bear_only_motifs_of_training(posts: list[Post]) -> None:
    """Development may add its own, and never sees one that is the test's."""
    for post in posts:
        for factor in FACTORS:
            shares, motif = _TAXONOMY.shares[factor], post.script.motif(factor)
            if post.section in (Section.TRAINING, Section.BANK):
                assert motif in shares.new[Split.TRAINING]
            if post.section is Section.DEVELOPMENT:
                assert motif not in shares.new[Split.TEST] + shares.whole[Split.TEST]


def test_groups_are_near_copies_of_one_original_and_cross_no_section(posts: list[Post]) -> None:
    """A copy has the script, the ground and the chance of its original, and at least one edit."""
    originals = {post.id: post for post in posts if not post.edits}
    copies = [post for post in posts if post.edits]

    assert len({post.id for post in posts}) == len(posts)
    assert all(post.group == post.id for post in originals.values())
    assert copies
    for post in copies:
        original = originals[post.group]
        assert (post.script, post.take.chance, post.leaf) == (original.script, original.take.chance, original.leaf)
        assert post.section is original.section
        assert len(post.edits) == (2 if _LEAVES[str(post.leaf)].kind is Kind.COPIES else 1)


def test_trends_of_copies_are_mostly_copies(posts: list[Post]) -> None:
    """The others have some, so that the stratum is there in every trend."""
    for leaf in _TAXONOMY.test:
        positives = [post for post in posts if post.leaf == leaf.name and post.role is Role.POSITIVE]
        share = sum(bool(post.edits) for post in positives) / len(positives)
        assert share > 0.5 if leaf.kind is Kind.COPIES else 0.0 < share < 0.3


def test_what_defines_a_leaf_is_never_missing(posts: list[Post]) -> None:
    """A text trend without its text would be a positive that nobody can find; elsewhere things are missing."""
    for post in posts:
        if post.leaf is not None:
            assert post.take.has_sound or "sound" not in _LEAVES[post.leaf].factors
            assert post.caption is not None or "wording" not in _LEAVES[post.leaf].factors
    assert any(not post.take.has_sound for post in posts if post.role is Role.POSITIVE)
    assert any(post.caption is None for post in posts if post.role is Role.BACKGROUND)


def test_the_same_settings_plan_the_same_posts(posts: list[Post]) -> None:
    """And a section by itself is what it is within the whole."""
    bank = list(posts_of(_TAXONOMY, _SETTINGS, Section.BANK))

    assert bank == [post for post in posts if post.section is Section.BANK]


def test_only_development_and_test_have_trends() -> None:
    """Asked of the bank, the question is wrong."""
    with pytest.raises(ValueError, match="has no trends"):
        list(trend_posts(_TAXONOMY, _SETTINGS, Section.BANK))
