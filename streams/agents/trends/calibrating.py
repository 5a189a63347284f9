"""Actions, read beside the inputs, so that decisions on them can calibrate trends."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from streams.agents.program import Beat
from streams.agents.trends.observer import View
from streams.calibration import fit_points
from streams.catalogue import Calibrator, SeenActions
from streams.client import tail
from streams.errors import BadMessage
from streams.offload import offload
from streams.settings import Settings
from streams.wire.codec import decode_json
from streams.wire.moderation import ActionEvent
from streams.wire.topics import Topic
from streams.wire.trend import TrendAdjusted

_TOPICS = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS)


class Calibrating:
    """Knows every action; says which trends have enough decisions on theirs.

    It says nothing before it has read what lay there when it began: a map of some decisions only would be published,
    then soon again with the rest.

    Args:
        settings: Of this installation.
        model_id: Of the suite that serves.
        beat: Told after each record until it has; later ones must not hide that the inputs stand still.
    """

    def __init__(self, settings: Settings, model_id: str, beat: Beat) -> None:
        self._settings, self._beat = settings, beat
        self._calibrator = Calibrator(model_id, settings.trends)
        self._behind = set(_TOPICS)
        self.actions = SeenActions()

    async def follow(self) -> None:
        """Read both topics of actions until cancelled."""
        await offload(fit_points, [0.0], [True])  # loads what fits maps, so that no seed waits for it later
        await asyncio.gather(*map(self._read, _TOPICS))

    async def due(self, view: View) -> Sequence[TrendAdjusted]:
        """Return the calibrations of trends with enough new decisions."""
        if self._behind:
            return []
        return await offload(self._calibrator.due, view.catalogue.trends(), view.decisions, self.actions)

    def reached(self, topic: Topic) -> None:
        """Take note that all that was in a topic at the beginning has been read."""
        self._behind.discard(topic)

    async def _read(self, topic: Topic) -> None:
        records = tail(self._settings, topic, from_beginning=True, follow=True, at_ends=lambda: self.reached(topic))
        async with aclosing(records):
            async for record in records:
                try:
                    self.actions.add(decode_json(record.value, ActionEvent))
                except BadMessage:
                    continue  # no shard of ours wrote it
                if topic in self._behind:
                    self._beat()
