"""`ebr doctor`: what keeps this machine with its cluster from running the system."""

from collections.abc import Mapping
from types import MappingProxyType

import click

from streams.cli.checks import Check, Level, all_checks
from streams.cli.options import json_option
from streams.cli.output import say, say_json
from streams.settings import load_settings

_SIGNS: Mapping[Level, str] = MappingProxyType({Level.OK: "ok    ", Level.REMARK: "remark", Level.BROKEN: "BROKEN"})


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check Java, broker, topics, encoders, disk, versions; say what to do. Exit code 1 if something is broken.

    \b
    Examples:
      ebr doctor
      ebr doctor --json | jq 'select(.level == "broken")'
    """
    broken = False
    for check in all_checks(load_settings()):
        broken = broken or check.level is Level.BROKEN
        if as_json:
            say_json({"name": check.name, "level": check.level, "detail": check.detail, "remedy": check.remedy})
        else:
            say(_line(check))
    return 1 if broken else 0


def _line(check: Check) -> str:
    remedy = f"\n{'':17}-> {check.remedy}" if check.remedy else ""
    return f"{_SIGNS[check.level]} {check.name:9} {check.detail}{remedy}"
