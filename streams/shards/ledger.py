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
        self._by_trend: dict[str, dict[Topic, dict[str, ActiveAction]]] = {}

    def __iter__(self) -> Iterator[ActiveAction]:
        """Iterate over all active actions."""
        for topics in self._by_trend.values():
            for actions in topics.values():
                yield from actions.values()

    def get(self, trend_id: str, video_id: str) -> ActiveAction | None:
        """Return the active action of a pair, if any."""
        actions = self._by_video.get(video_id, {})
        found = (actions.get((topic, trend_id)) for topic in ACTION_TOPICS)
        return next((action for action in found if action is not None), None)

    def trends_of(self, video_id: str) -> set[str]:
        """Return the trends under which a video has an active action."""
        return {trend_id for _, trend_id in self._by_video.get(video_id, {})}

    def live_trends_of(self, video_id: str) -> set[str]:
        """Return the trends under which a video has an active action that is enforced."""
        return {t for topic, t in self._by_video.get(video_id, {}) if topic == Topic.MODERATION_ACTIONS}

    def videos_of(self, trend_id: str) -> set[str]:
        """Return the videos that have an active action under a trend."""
        return {video_id for actions in self._by_trend.get(trend_id, {}).values() for video_id in actions}

    def active_among(self, trend_id: str, video_ids: Iterable[str]) -> set[str]:
        """Return which of some videos have an active action under a trend."""
        topics = self._by_trend.get(trend_id)
        if not topics:
            return set()
        asked = set(video_ids)
        return set().union(*(actions.keys() & asked for actions in topics.values()))

    def newest_revision(self, video_id: str) -> int:
        """Return the highest revision among a video's active actions; 0 without any."""
        return max((action.revision for action in self._by_video.get(video_id, {}).values()), default=0)

    def adopt(self, actions: Iterable[ActiveAction]) -> None:
        """Take in actions that stand already."""
        for action in actions:
            self._add(action)

    def fold(self, topic: Topic, message: ActionEvent) -> None:
        """Take in one emitted message of `moderation-actions` or `shadow-actions`."""
        if isinstance(message, ModerationAction):
            self._add(_active(topic, message))
        else:
            self._drop(topic, message.trend_id, message.video_id)

    def _add(self, action: ActiveAction) -> None:
        self._by_video.setdefault(action.video_id, {})[action.topic, action.trend_id] = action
        self._by_trend.setdefault(action.trend_id, {}).setdefault(action.topic, {})[action.video_id] = action

    def _drop(self, topic: Topic, trend_id: str, video_id: str) -> None:
        of_video = self._by_video.get(video_id, {})
        if of_video.pop((topic, trend_id), None) is None:
            return
        if not of_video:
            del self._by_video[video_id]
        topics = self._by_trend[trend_id]
        del topics[topic][video_id]
        if not topics[topic]:
            del topics[topic]
        if not topics:
            del self._by_trend[trend_id]


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
