"""The captions of posts: each wording said in many ways."""

from collections.abc import Sequence

import numpy as np

from encoders.corpus.factors import Wording
from encoders.corpus.phrases import PHRASES, Phrases

_OPENERS = (
    "",
    "",
    "ok so",
    "guys",
    "wait for it...",
    "omg",
    "POV:",
    "day 3:",
    "honestly",
    "listen,",
    "you asked for it:",
)
_CLOSERS = (
    "",
    "",
    "tag a friend",
    "who is in?",
    "part 2 soon",
    "don't scroll",
    "thoughts?",
    "save this",
    "link in bio",
)
_BROAD_TAGS = ("#fyp", "#viral", "#foryou", "#xyzbca", "#trending", "#new")


def caption(wording: Wording, rng: np.random.Generator) -> str:
    """Say a wording in one of many ways.

    Args:
        wording: What the caption speaks of.
        rng: Which sentence, opening, ending, hashtags, case and slips of the finger.

    Returns:
        One line of 20 to 200 characters.
    """
    return say(PHRASES[wording], rng)


def say(phrases: Phrases, rng: np.random.Generator) -> str:
    """Say one of several sentences as people do: with an opening, an ending, hashtags and slips of the finger.

    Args:
        phrases: The sentences with the hashtags of their subject.
        rng: Where chance comes from.

    Returns:
        One line.
    """
    words = " ".join(part for part in (_one(_OPENERS, rng), _one(phrases.cores, rng), _one(_CLOSERS, rng)) if part)
    return f"{_restyle(words, rng)} {_one(phrases.tags, rng)} {_one(_BROAD_TAGS, rng)}"


def respell(text: str, rng: np.random.Generator) -> str:
    """Write a caption again as somebody who copied the post would: other case, one slip, another broad hashtag.

    Args:
        text: The caption of the original.
        rng: Where chance comes from.

    Returns:
        One line with the same words but for the last.
    """
    body, _, _ = text.rpartition(" ")
    return f"{_restyle(body, rng)} {_one(_BROAD_TAGS, rng)}"


def _one(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _restyle(text: str, rng: np.random.Generator) -> str:
    """Return the text in another case, now and then with two neighboring letters swapped."""
    style = rng.random()
    if style < 0.15:
        text = text.upper()
    elif style < 0.5:
        text = text[:1].upper() + text[1:]
    if rng.random() < 0.25:
        place = int(rng.integers(1, len(text) - 2))
        text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text
