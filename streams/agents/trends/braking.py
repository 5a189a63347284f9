"""TRENDS' brakes: it sees what shards answer and report, then bounds trends or pauses them everywhere."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import timedelta

from streams.agents.program import Beat
from streams.agents.trends.observer import View
from streams.catalogue import Answers, ForwardRates, due_bounds, due_pauses
from streams.client import tail
from streams.errors import BadMessage
from streams.settings import Settings
from streams.shards.emission import SWEPT_HEADER
from streams.wire.codec import decode_json, decode_msgpack
from streams.wire.moderation import Receipt
from streams.wire.record import Received
from streams.wire.report import ShardReport
from streams.wire.topics import Topic
from streams.wire.trend import TrendAdjusted

_FOLLOWED = (Topic.SEED_RECEIPTS, Topic.SHARD_REPORTS)


class Braking:
    """Folds receipts and reports, outside the consumer group, from the starts of their topics.

    It calls for nothing before it has read all that was there when it began: an old receipt or report alone would
    speak of a moment that has passed.

    Args:
        settings: Of this installation.
        beat: Told after each record until then; later ones must not hide that the inputs stand still.
    """

    def __init__(self, settings: Settings, beat: Beat) -> None:
        self._settings, self._beat, self._rules = settings, beat, settings.trends
        self._answers = Answers()
        self._rates = ForwardRates(timedelta(seconds=self._rules.past_seconds + self._rules.jump_seconds))
        self._behind = set(_FOLLOWED)

    async def follow(self) -> None:
        """Read both topics until cancelled.

        Raises:
            ClusterError: the cluster refuses or lacks a topic.
        """
        await asyncio.gather(*(self._follow(topic) for topic in _FOLLOWED))

    async def due(self, view: View) -> Sequence[TrendAdjusted]:
        """Return bounds and pauses that are called for now."""
        if self._behind:
            return []
        trends = view.catalogue.trends()
        return [
            *due_bounds(trends, self._answers, self._rules, view.known),
            *due_pauses(trends, self._answers, self._rates, self._rules, view.known),
        ]

    def reached(self, topic: Topic) -> None:
        """Take note that all that was in a topic at the beginning has been read."""
        self._behind.discard(topic)

    def take(self, record: Received) -> None:
        """Take in one record of a followed topic; what is none of its messages says nothing."""
        try:
            if record.topic == Topic.SHARD_REPORTS:
                self._rates.add(decode_msgpack(record.value, ShardReport))
            else:
                swept = any(name == SWEPT_HEADER for name, _ in record.headers)
                self._answers.add(decode_json(record.value, Receipt), swept=swept)
        except BadMessage:
            return

    async def _follow(self, topic: Topic) -> None:
        records = tail(self._settings, topic, from_beginning=True, follow=True, at_ends=lambda: self.reached(topic))
        async with aclosing(records):
            async for record in records:
                self.take(record)
                if topic in self._behind:
                    self._beat()
