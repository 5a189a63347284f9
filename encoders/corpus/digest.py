"""The digest that freezes a corpus of trends: settings, leaves, a trial of every section."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain

import msgspec

from encoders.corpus.posts import CorpusSettings, Post, Section, bank_posts, training_posts, trend_posts
from encoders.corpus.taxonomy import Taxonomy, draw_taxonomy

# A corpus of this share shows every rule of the plan in a second or two.
_TRIAL_SHARE = 0.01


def plan_digest(settings: CorpusSettings) -> str:
    """Return what a corpus is known by: as long as it stays, figures of two days may stand in one table.

    Args:
        settings: Of the corpus.

    Returns:
        SHA-256 in hexadecimal over the settings, every leaf, and every post of the same corpus at a hundredth of its
        size: any change of vocabulary, rule or chance changes it. Pixels and samples are not in it.
    """
    taxonomy = draw_taxonomy(settings.seed)
    digest = hashlib.sha256(msgspec.json.encode(asdict(settings)))
    for leaf in taxonomy.leaves():
        digest.update(msgspec.json.encode([asdict(leaf), leaf.kind, leaf.split]))
    for post in posts_of(taxonomy, settings.scaled(_TRIAL_SHARE)):
        digest.update(msgspec.json.encode(_rounded(post)))
    return digest.hexdigest()


def posts_of(taxonomy: Taxonomy, settings: CorpusSettings, *sections: Section) -> Iterator[Post]:
    """Plan the posts of some sections, in the order of `Section`; of all when none is named."""
    makers = {
        Section.TRAINING: lambda: training_posts(taxonomy, settings),
        Section.BANK: lambda: bank_posts(taxonomy, settings),
        Section.DEVELOPMENT: lambda: trend_posts(taxonomy, settings, Section.DEVELOPMENT),
        Section.TEST: lambda: trend_posts(taxonomy, settings, Section.TEST),
    }
    return chain.from_iterable(makers[section]() for section in Section if not sections or section in sections)


def _rounded(post: Post) -> dict[str, object]:
    """Return the fields of a post, floats to 6 digits: the last ones may differ between builds of numpy."""
    take = {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(post.take).items()}
    take["tint"] = [round(value, 6) for value in post.take.tint]
    take["drift"] = [round(value, 6) for value in post.take.drift]
    return asdict(post) | {"take": take}
