"""Messages of a public topic as they come, for the verbs that show them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import msgspec

from streams.cli.output import note, say, say_json
from streams.client import tail
from streams.errors import BadMessage, UserError
from streams.settings import Settings
from streams.wire.codec import decode_json
from streams.wire.moderation import ModerationAction
from streams.wire.record import Received
from streams.wire.topics import Topic, topic_specs


async def messages(
    settings: Settings, topic: Topic, *, from_beginning: bool = True, follow: bool = False
) -> AsyncGenerator[tuple[Received, Any], None]:
    """Yield the records of a JSON topic with their messages; what breaks the contract is left out with a remark.

    Args:
        settings: Of this installation.
        topic: A JSON topic.
        from_beginning: Start at the log's start, else at its end of now.
        follow: Go on for ever, else stop at the end of now.
    """
    kind = topic_specs(settings.index.retention_days)[topic].messages
    async with aclosing(tail(settings, topic, from_beginning=from_beginning, follow=follow)) as records:
        async for record in records:
            try:
                yield record, decode_json(record.value, kind)
            except BadMessage as error:
                note(f"{topic}/{record.partition}/{record.offset}: {error.path}: {error}")


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """How a topic is shown.

    Attributes:
        follow: Go on until interrupted.
        from_beginning: While following, begin with what is there; else always so.
        limit: Stop after so many.
        as_json: JSON for programs, not a line for people.
    """

    follow: bool
    from_beginning: bool
    limit: int | None
    as_json: bool


async def show(
    settings: Settings, topic: Topic, view: View, line: Callable[[Any], str], wanted: Callable[[Any], bool]
) -> int:
    """Print the messages of a topic, a line each; return how many.

    Args:
        settings: Of this installation.
        topic: A JSON topic.
        view: How it is shown.
        line: A message in one line for a person.
        wanted: Which messages.
    """
    shown, start = 0, view.from_beginning or not view.follow
    async with aclosing(messages(settings, topic, from_beginning=start, follow=view.follow)) as pairs:
        async for _, message in pairs:
            if wanted(message):
                say_json(message) if view.as_json else say(line(message))
                shown += 1
                if shown == view.limit:
                    break
    return shown


def is_about(message: msgspec.Struct, **fields: str | None) -> bool:
    """Return whether the message has these values; None asks for nothing."""
    return all(value is None or getattr(message, name, None) == value for name, value in fields.items())


async def find_action(settings: Settings, action_id: str) -> ModerationAction:
    """Return the action of this id.

    Raises:
        UserError: there is none.
    """
    for topic in (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS):
        async with aclosing(messages(settings, topic)) as pairs:
            async for _, event in pairs:
                if isinstance(event, ModerationAction) and event.action_id == action_id:
                    return event
    raise UserError(f"no action has the id {action_id!r}; `ebr actions tail` lists them")
