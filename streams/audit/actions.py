"""What enforcement saw: the actions that stand at the end, with those that came twice."""

from collections import Counter
from collections.abc import Iterable, Sequence

from streams.audit.logs import Logs, Seen
from streams.audit.oracle import Expected
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.topics import Topic


def active_actions(logs: Logs) -> dict[Expected, ModerationAction]:
    """Return the actions that stand after everything was read, by what the oracle knows of them."""
    active: dict[Expected, ModerationAction] = {}
    for topic, seen in ((Topic.MODERATION_ACTIONS, logs.actions), (Topic.SHADOW_ACTIONS, logs.shadow_actions)):
        for action in _fold(seen)[0].values():
            active[_as_expected(topic, action)] = action
    return active


def duplicate_actions(logs: Logs) -> list[ModerationAction]:
    """Return the actions that a reader saw once too often.

    Those are ids that came before, also actions for a pair that has one which they do not supersede: the same hit under
    another id.
    """
    twice = _repeated([*_actions(logs.actions), *_actions(logs.shadow_actions)])
    return twice + [again for seen in (logs.actions, logs.shadow_actions) for again in _fold(seen)[1]]


def all_actions(logs: Logs) -> list[ModerationAction]:
    """Return every action ever emitted for enforcement, in the order of partitions."""
    return _actions(_in_order(logs.actions))


def _repeated(actions: Iterable[ModerationAction]) -> list[ModerationAction]:
    counts = Counter[str]()
    repeated: list[ModerationAction] = []
    for action in actions:
        counts[action.action_id] += 1
        if counts[action.action_id] > 1:
            repeated.append(action)
    return repeated


def _fold(
    seen: Sequence[Seen[ActionEvent]],
) -> tuple[dict[tuple[str, str], ModerationAction], list[ModerationAction]]:
    """Return the last action of each pair that stands, with those that came while another stood."""
    standing: dict[tuple[str, str], ModerationAction] = {}
    again: list[ModerationAction] = []
    for message in (one.message for one in _in_order(seen)):
        if message is None:
            continue
        pair = (message.trend_id, message.video_id)
        before = standing.get(pair)
        if isinstance(message, ModerationAction):
            if before and before.action_id not in (message.supersedes, message.action_id):
                again.append(message)
            standing[pair] = message
        elif before is not None and before.action_id == message.action_id:
            del standing[pair]
    return standing, again


def _as_expected(topic: Topic, action: ModerationAction) -> Expected:
    return Expected(topic.value, action.trend_id, action.video_id, action.revision, action.proposed_action)


def _actions(seen: Iterable[Seen[ActionEvent]]) -> list[ModerationAction]:
    return [one.message for one in seen if isinstance(one.message, ModerationAction)]


def _in_order(seen: Sequence[Seen[ActionEvent]]) -> list[Seen[ActionEvent]]:
    return sorted(seen, key=lambda s: (s.record.partition, s.record.offset))
