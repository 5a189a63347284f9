"""Generated posts of no trend, for those who have no negatives of their own."""

from dataclasses import replace

from encoders.corpus import CorpusSettings, Section, draw_taxonomy, posts_of, samples_of
from encoders.samples import Samples

BANK_POSTS = 24
"""Drawn in a few seconds."""


def bank_samples(count: int = BANK_POSTS) -> list[tuple[str, Samples]]:
    """Draw the first posts of the generated bank, which no trend and no test has.

    Args:
        count: How many; 1 or more.

    Returns:
        Names with samples; the same in every call.
    """
    settings = replace(CorpusSettings(), bank=count)
    posts = posts_of(draw_taxonomy(settings.seed), settings, Section.BANK)
    return [(post.id, samples_of(post)) for post in posts]
