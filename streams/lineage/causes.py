"""Causes in words: the event that a person or a producer wrote, behind the record that a shard names."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from streams.lineage.history import History, Origin
from streams.wire.envelope import Cause
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.topics import Topic, full_name
from streams.wire.trend import ReviewDecision

_VERBS: Mapping[str, str] = {
    "TrendDeclared": "declared",
    "TrendChanged": "changed",
    "SeedAdded": "added",
    "SeedRevoked": "revoked",
    "TrendAdjusted": "adjusted",
    "TrendReleased": "released",
}


@dataclass(frozen=True, slots=True)
class Why:
    """A cause for people and programs.

    Attributes:
        text: What happened, in words; the same for all that one event of a moderator caused.
        place: `topic/partition/offset` of the event behind it, else of the record that the shard names.
        message: The event, where it is known.
    """

    text: str
    place: str
    message: msgspec.Struct | None = None


class Causes:
    """Finds what is behind the causes that shards name.

    Args:
        history: Of the trend.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._videos = full_name(history.prefix, Topic.VIDEO_EMBEDDINGS)

    def why(self, message: ActionEvent) -> Why:
        """Return why something was emitted."""
        cause = message.cause
        if cause.topic == self._videos:
            return Why(_of_video(message), _place(Topic.VIDEO_EMBEDDINGS, cause))
        origin = self._history.origins.get((cause.partition, cause.offset))
        if origin is None:
            return Why("a message that was compacted since", _place(Topic.TREND_FANOUT, cause))
        why = self._behind(origin)
        if origin.trend_id == self._history.trend_id:
            return why
        # A sweep serves all trends at once, and names the newest message as its cause.
        return Why(f"a sweep, when the newest was: {why.text} (trend {origin.trend_id})", why.place, why.message)

    def _behind(self, origin: Origin) -> Why:
        if origin.kind == "VideoCleared":
            place = f"{Topic.REVIEW_DECISIONS}/0/{origin.source_offset}"
            decision = self._history.decisions.get(origin.source_offset)
            return Why("a pair was cleared" if decision is None else _of_decision(decision), place, decision)
        place = f"{Topic.TREND_SEEDS}/0/{origin.source_offset}"
        command = self._history.commands.get(origin.source_offset)
        if command is None:
            return Why(f"{origin.kind} {origin.subject or ''}".rstrip(), place)
        name = type(command).__name__
        what = f"seed {origin.subject}" if origin.subject else "trend"
        version = getattr(command, "version", None)
        text = f"{what} {_VERBS.get(name, name)}" + (f" (version {version})" if version else "")
        return Why(text + _said(command), place, command)


def _of_video(message: ActionEvent) -> str:
    """Return what a video message did; not which video, so that arrivals are counted together."""
    if isinstance(message, ModerationAction):
        return f"a video arrived or was edited, most like seed {message.seed_id}"
    return "its video was edited or deleted"


def _of_decision(decision: ReviewDecision) -> str:
    by = f" by {decision.reviewer_id}" if decision.reviewer_id else ""
    return f"reviewers ruled {decision.verdict}{by}"


def _said(command: msgspec.Struct) -> str:
    """Return by whom and why, as far as the event says it."""
    names = [name for name in command.__struct_fields__ if name.endswith("_by")]
    by = next((str(value) for name in names if (value := getattr(command, name))), None)
    reason = getattr(command, "reason", None)
    return (f" by {by}" if by else "") + (f": {reason}" if reason else "")


def _place(topic: Topic, cause: Cause) -> str:
    return f"{topic}/{cause.partition}/{cause.offset}"
