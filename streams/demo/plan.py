"""Which posts of a corpus are published when, which serve as seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from encoders.corpus import Role, Truth
from streams.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The course of a demo. Posts of role `seed` are pushed as seeds under their ids, and not published.

    Attributes:
        folder: Of the corpus.
        before: Posts published before any trend is live: seeds find them backward.
        after: Posts published afterwards: they are found forward.
        seeds: Seeds of each trend, trends in order.
    """

    folder: Path
    before: Sequence[Truth]
    after: Sequence[Truth]
    seeds: Mapping[str, Sequence[Truth]]

    @property
    def posts(self) -> list[Truth]:
        """Every published post."""
        return [*self.before, *self.after]

    @property
    def positives(self) -> dict[str, set[str]]:
        """The published posts that truly belong to each trend that has seeds, near copies included."""
        return {
            trend: {post.id for post in self.posts if post.role is Role.POSITIVE and post.trend == trend}
            for trend in self.seeds
        }

    def family(self, trend: str) -> str | None:
        """Return the family of a trend, if the manifest states it."""
        return self.seeds[trend][0].family

    def media_uri(self, truth: Truth) -> str:
        """Return where workers find a post."""
        return (self.folder / truth.path).resolve().as_uri()


def make_plan(folder: Path, truths: Sequence[Truth]) -> Plan:
    """Deal the posts of a corpus, ours or foreign, into two halves that hold every role of every trend.

    Args:
        folder: Of the corpus.
        truths: Its manifest, in the order in which posts are published.

    Raises:
        UserError: the corpus has no seed, or nothing to publish.
    """
    seeds: dict[str, list[Truth]] = {}
    for truth in truths:
        if truth.role is Role.SEED and truth.trend is not None:
            seeds.setdefault(truth.trend, []).append(truth)
    posts = [truth for truth in truths if truth.role is not Role.SEED]
    if not seeds or not posts:
        raise UserError(f"{folder}: a demo needs posts of role seed and others, got {len(seeds)} and {len(posts)}")
    # Alternating over the sorted posts gives each half every other post of a role, whatever the order of the file.
    alike = sorted(posts, key=lambda post: (post.role, post.trend or ""))
    first = {post.id for post in alike[::2]}
    return Plan(
        folder=folder,
        before=[post for post in posts if post.id in first],
        after=[post for post in posts if post.id not in first],
        seeds=dict(sorted(seeds.items())),
    )
