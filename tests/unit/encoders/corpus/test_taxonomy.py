"""The taxonomy keeps what is tested away from what is trained on."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from encoders.corpus import Kind, Leaf, Split, Taxonomy, draw_taxonomy
from encoders.corpus.leaves import Criterion
from encoders.corpus.motifs import MOTIFS, Motif, Script
from encoders.corpus.programme import FACTORS


@pytest.fixture(scope="module", params=[7, 8])
def taxonomy(request: pytest.FixtureRequest) -> Taxonomy:
    """Leaves by two roots of chance."""
    return draw_taxonomy(request.param)


def _anything(rng: np.random.Generator) -> Script:
    return Script(**{factor: MOTIFS[factor][int(rng.integers(len(MOTIFS[factor])))] for factor in FACTORS})


def test_the_test_trends_have_the_promised_mix(taxonomy: Taxonomy) -> None:
    """25: 6 visual, 4 text, 3 audio, 6 conjunctive, 3 copies, 3 broad; 5 development trends."""
    counts = Counter(leaf.kind for leaf in taxonomy.test)

    assert len(taxonomy.development) == 5
    assert counts == {
        Kind.VISUAL: 6,
        Kind.TEXT: 4,
        Kind.AUDIO: 3,
        Kind.CONJUNCTIVE: 6,
        Kind.COPIES: 3,
        Kind.BROAD: 3,
    }


def test_15_test_trends_are_of_known_families_and_10_of_new_ones(taxonomy: Taxonomy) -> None:
    """Known means that training has leaves of the family; of a new family it has not even the heads."""
    families = {leaf.family for leaf in taxonomy.training}
    heads = {(one.factor, one.head) for leaf in taxonomy.training for one in leaf.criteria}

    assert sum(leaf.known for leaf in taxonomy.test) == 15
    for leaf in taxonomy.development + taxonomy.test:
        assert (leaf.family in families) == leaf.known
        if not leaf.known:
            assert not heads & {(one.factor, one.head) for one in leaf.criteria}


def test_no_motif_that_makes_a_trend_new_is_trained_on(taxonomy: Taxonomy) -> None:
    """In each trend at least one factor has only motifs that no training post may bear, in any role."""
    trained = {(name, motif) for name, shares in taxonomy.shares.items() for motif in shares.new[Split.TRAINING]}

    for leaf in taxonomy.development + taxonomy.test:
        unseen = [not {(one.factor, motif) for motif in one.motifs} & trained for one in leaf.criteria]
        assert any(unseen)
        assert all(new for new, one in zip(unseen, leaf.criteria, strict=True) if one.factor != "motion")


def test_leaves_are_disjoint_by_name_and_criteria(taxonomy: Taxonomy) -> None:
    """No two leaves of any split are the same; trends of a split are of different families."""
    leaves = taxonomy.leaves()

    assert len({leaf.name for leaf in leaves}) == len(leaves)
    assert all(one.criteria != other.criteria for one, other in combinations(leaves, 2))
    assert len({leaf.family for leaf in taxonomy.test}) == 25


def test_training_has_many_leaves_of_every_kind_but_broad(taxonomy: Taxonomy) -> None:
    """Several leaves a family, so that a family can be learned at all."""
    counts = Counter(leaf.kind for leaf in taxonomy.training)
    families = Counter(leaf.family for leaf in taxonomy.training)

    assert min(counts[kind] for kind in Kind if kind is not Kind.BROAD) >= 12
    assert np.median(list(families.values())) >= 3


def test_what_is_conjunctive_needs_several_modalities(taxonomy: Taxonomy) -> None:
    """Picture, sound and words are not of one modality."""
    modality = {"sound": "audio", "wording": "text"}

    for leaf in taxonomy.leaves():
        if leaf.kind is Kind.CONJUNCTIVE:
            assert len({modality.get(factor, "frames") for factor in leaf.factors}) >= 2


def test_a_near_miss_fails_exactly_the_factor_that_was_flipped(taxonomy: Taxonomy) -> None:
    """Whichever trend and factor."""
    rng = np.random.default_rng(1)

    for leaf in taxonomy.test:
        for factor in leaf.factors:
            script = leaf.near_miss(_anything(rng), factor, MOTIFS[factor], rng)
            assert [one.factor for one in leaf.criteria if not one.holds(script)] == [factor]
            assert not leaf.matches(script)
            assert leaf.matches(leaf.script(script, rng))


def test_by_half_a_flip_keeps_the_head() -> None:
    """That is what makes it hard: another mark on the same object."""
    criterion = Criterion("shape", (Motif("star", "ring"),))
    rng = np.random.default_rng(2)

    flips = [criterion.flipped(MOTIFS["shape"], rng) for _ in range(400)]

    assert Motif("star", "ring") not in flips
    assert sum(flip.head == "star" for flip in flips) == pytest.approx(200, abs=50)


def test_a_script_has_the_labels_of_all_leaves_that_it_is_of(taxonomy: Taxonomy) -> None:
    """Two leaves that share no factor can both hold."""

    def of(factor: str) -> Leaf:
        return next(leaf for leaf in taxonomy.training if leaf.factors == (factor,))

    rng = np.random.default_rng(3)
    words, sound = of("wording"), of("sound")

    labels = taxonomy.labels(sound.script(words.script(_anything(rng), rng), rng))

    assert {words.name, sound.name} <= set(labels)


def test_equal_seeds_draw_equal_leaves() -> None:
    """A trend must be the same trend in the next session."""
    assert draw_taxonomy(3).leaves() == draw_taxonomy(3).leaves()
    assert draw_taxonomy(3).test != draw_taxonomy(4).test


def test_the_ground_and_the_object_of_every_palette_can_be_told_apart() -> None:
    """Every head has several details left, and no motif is there twice."""
    for motifs in MOTIFS.values():
        assert len(set(motifs)) == len(motifs)
        assert min(Counter(motif.head for motif in motifs).values()) >= 3
