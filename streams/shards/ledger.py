"""The active actions of a shard: the fold of what it emitted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.topics import Topic
from streams.wire.trend import ProposedAction

ACTION_TOPICS = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS)


@dataclass(frozen=True, slots=True)
class ActiveAction:
    """One action that stands.

    Attributes:
        topic: Where it was emitted; a trend's state decides that.
    """

    topic: Topic
    action_id: str
    trend_id: str
    video_id: str
    revision: int
    seed_id: str
    proposed_action: ProposedAction


class Ledger:
    """Active actions by trend and video.

    The two topics are folded apart, since a restore reads one after the other. Between two transactions a pair
    stands in one of them at most: changing topic revokes in the old one.
    """

    def __init__(self) -> None:
        self._by_video: dict[str, dict[tuple[Topic, str], ActiveAction]] = {}
        self._by_trend: dict[str, dict[tuple[Topic, str], ActiveAction]] = {}

    def __iter__(self) -> Iterator[ActiveAction]:
        """Iterate over all active actions."""
        for actions in self._by_trend.values():
            yield from actions.values()

    def get(self, trend_id: str, video_id: str) -> ActiveAction | None:
        """Return the active action of a pair, if any."""
        actions = self._by_video.get(video_id, {})
        found = (actions.get((topic, trend_id)) for topic in ACTION_TOPICS)
        return next((action for action in found if action is not None), None)

    def trends_of(self, video_id: str) -> set[str]:
        """Return the trends under which a video has an active action."""
        return {trend_id for _, trend_id in self._by_video.get(video_id, {})}

    def videos_of(self, trend_id: str) -> set[str]:
        """Return the videos that have an active action under a trend."""
        return {video_id for _, video_id in self._by_trend.get(trend_id, {})}

    def newest_revision(self, video_id: str) -> int:
        """Return the highest revision among a video's active actions; 0 without any."""
        return max((action.revision for action in self._by_video.get(video_id, {}).values()), default=0)

    def adopt(self, actions: Iterable[ActiveAction]) -> None:
        """Take in actions that stand already."""
        for action in actions:
            self._by_video.setdefault(action.video_id, {})[action.topic, action.trend_id] = action
            self._by_trend.setdefault(action.trend_id, {})[action.topic, action.video_id] = action

    def fold(self, topic: Topic, message: ActionEvent) -> None:
        """Take in one emitted message of `moderation-actions` or `shadow-actions`."""
        of_video = self._by_video.setdefault(message.video_id, {})
        of_trend = self._by_trend.setdefault(message.trend_id, {})
        if isinstance(message, ModerationAction):
            of_video[topic, message.trend_id] = of_trend[topic, message.video_id] = _active(topic, message)
        else:
            of_video.pop((topic, message.trend_id), None)
            of_trend.pop((topic, message.video_id), None)
        if not of_video:
            del self._by_video[message.video_id]
        if not of_trend:
            del self._by_trend[message.trend_id]


def _active(topic: Topic, message: ModerationAction) -> ActiveAction:
    return ActiveAction(
        topic=topic,
        action_id=message.action_id,
        trend_id=message.trend_id,
        video_id=message.video_id,
        revision=message.revision,
        seed_id=message.seed_id,
        proposed_action=message.proposed_action,
    )
