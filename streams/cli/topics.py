"""`ebr topics`: the topics of one installation, made to the contract."""

from collections.abc import Sequence

import click

from streams.cli.cluster import run
from streams.cli.options import json_option
from streams.cli.output import say, say_json
from streams.client import create_topics, topic_mismatches
from streams.errors import TopicMismatch
from streams.settings import Settings


@click.group()
def topics() -> None:
    """Make or check the topics of EBR_KAFKA__PREFIX in the cluster.

    \b
    Examples:
      ebr topics create
      EBR_KAFKA__PREFIX=staging EBR_KAFKA__PARTITIONS=12 ebr topics create
      ebr topics check --json
    """


@topics.command()
@json_option
def create(as_json: bool) -> int:
    """Make the topics that are missing, then check all; exit code 1 if one is not as the contract says."""
    created, found = run(_create)
    return _say(found, created=created, as_json=as_json)


@topics.command()
@json_option
def check(as_json: bool) -> int:
    """Check partitions, cleanup policy, retention, message size, timestamps; exit code 1 on a mismatch."""
    return _say(run(topic_mismatches), created=None, as_json=as_json)


async def _create(settings: Settings) -> tuple[list[str], list[TopicMismatch]]:
    return await create_topics(settings), await topic_mismatches(settings)


def _say(found: Sequence[TopicMismatch], *, created: list[str] | None, as_json: bool) -> int:
    if as_json:
        faults = [
            {"topic": m.topic, "field": m.field, "expected": str(m.expected), "found": str(m.found)} for m in found
        ]
        say_json({"mismatches": faults} | ({} if created is None else {"created": created}))
    else:
        if created is not None:
            say(f"{len(created)} topics created" + "".join(f"\n  {name}" for name in created))
        for mismatch in found:
            say(str(mismatch))
        if not found:
            say("all topics are as the contract says")
    return 1 if found else 0
