"""What shards last answered about each trend, folded from `seed-receipts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streams.wire.moderation import Receipt


@dataclass(frozen=True, slots=True)
class Answered:
    """What one shard's newest sweep of a trend found.

    Attributes:
        offset: The highest `source_offset` that the shard has answered by a sweep.
        hits: Held videos that are hits.
        judged: Held videos that could be compared.
    """

    offset: int
    hits: int
    judged: int


class Answers:
    """The newest answers by trend and shard; changed by one receipt at a time, those of a shard in its order."""

    def __init__(self) -> None:
        self._shards = 0
        self._swept: dict[str, dict[int, Answered]] = {}
        self._drafts: dict[str, dict[int, Answered]] = {}
        self._braked: dict[str, dict[int, int]] = {}

    def add(self, receipt: Receipt, *, swept: bool) -> None:
        """Take in a receipt; what TRENDS itself refused says nothing of a shard.

        Args:
            receipt: As it was read.
            swept: Whether it ends a sweep.
        """
        if receipt.shard is None:
            return
        self._shards = receipt.shards
        if receipt.status == "paused":
            known = -1 if receipt.release_offset is None else receipt.release_offset
            self._braked.setdefault(receipt.trend_id, {})[receipt.shard] = known
        if swept:
            self._take(self._swept, receipt, receipt.shard)
            if receipt.state == "draft":
                self._take(self._drafts, receipt, receipt.shard)

    def preview(self, trend_id: str, offset: int) -> Sequence[Answered]:
        """Return what each shard found of a draft; nothing until all have answered the event at an offset or later."""
        drafts = _since(self._drafts.get(trend_id, {}), offset)
        return drafts if len(drafts) == self._shards else ()

    def held(self, trend_id: str, offset: int) -> Sequence[Answered]:
        """Return what the shards that have answered the event at an offset or later found, in whatever state."""
        return _since(self._swept.get(trend_id, {}), offset)

    def braked(self, trend_id: str) -> Mapping[int, int]:
        """Return the shards that ever said they emit nothing new, with the release that they knew; -1 for none."""
        return self._braked.get(trend_id, {})

    def _take(self, found: dict[str, dict[int, Answered]], receipt: Receipt, shard: int) -> None:
        of_trend = found.setdefault(receipt.trend_id, {})
        before = of_trend.get(shard)
        offset = max(receipt.source_offset, before.offset if before else -1)
        of_trend[shard] = Answered(offset, receipt.hits, receipt.videos_held - receipt.not_comparable)


def _since(answers: Mapping[int, Answered], offset: int) -> list[Answered]:
    return [answered for answered in answers.values() if answered.offset >= offset]
