"""Every verb of `ebr` with the place of its code, loaded only when it is asked for."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

# In the order in which a newcomer needs them.
VERBS: Mapping[str, str] = MappingProxyType(
    {
        "doctor": "streams.cli.doctor:doctor",
        "broker": "streams.cli.broker:broker",
        "topics": "streams.cli.topics:topics",
        "worker": "streams.cli.worker:worker",
        "produce": "streams.cli.produce:produce",
        "trend": "streams.cli.trend:trend",
        "seed": "streams.cli.seed:seed",
        "decision": "streams.cli.decision:decision",
        "actions": "streams.cli.actions:actions",
        "receipts": "streams.cli.receipts:receipts",
        "dead-letters": "streams.cli.dead_letters:dead_letters",
        "index": "streams.cli.index:index",
        "schema": "streams.cli.schema:schema",
        "models": "streams.cli.models:models",
        "explain": "streams.cli.explain:explain",
        "generate": "streams.cli.generate:generate",
        "train": "streams.cli.train:train",
        "evaluate": "streams.cli.evaluate:evaluate",
        "demo": "streams.cli.demo:demo",
        "bench": "streams.cli.bench:bench",
    }
)


class Verbs(click.Group):
    """A group whose commands are imported on demand: `ebr topics check` need not load what encodes videos.

    Args:
        verbs: Name -> `module:command`; after those that are registered in the usual way.
    """

    def __init__(self, *args: Any, verbs: Mapping[str, str], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """Return the registered commands, then the verbs in the order of the table."""
        return [*self.commands, *self._verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None where there is no such one."""
        place = self._verbs.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, name = place.split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command
