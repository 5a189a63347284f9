"""`ebr broker`: a local Kafka for laptops and tests."""

import click

from streams.broker import BrokerError, BrokerInfo, LocalBroker
from streams.cli.options import json_option
from streams.cli.output import note, say, say_json
from streams.settings import load_settings


@click.group()
def broker() -> None:
    """Run a local Kafka: one node, on loopback, without a password.

    \b
    Examples:
      ebr broker start
      export EBR_KAFKA__BOOTSTRAP_SERVERS=$(ebr broker start --port 0 --json | jq -r .bootstrap_servers)
      ebr broker status && echo up
      ebr broker stop
    """


@broker.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Port of clients; 0 takes a free one. Default: the last one used here, 9092 at first.",
)
@json_option
def start(port: int | None, as_json: bool) -> None:
    """Start the broker, unless it runs, then wait until a record makes the round trip."""
    info = _local(port).start()
    _say(info, healthy=True, as_json=as_json)
    if not as_json and info.bootstrap_servers != load_settings().kafka.bootstrap_servers:
        note(f"point ebr to it: export EBR_KAFKA__BOOTSTRAP_SERVERS={info.bootstrap_servers}")


@broker.command()
@json_option
def stop(as_json: bool) -> None:
    """Stop the broker; its data stay."""
    stopped = _local(None).stop()
    if as_json:
        say_json({"stopped": stopped})
    else:
        say("the broker is stopped" if stopped else "no broker ran")


@broker.command()
@json_option
def status(as_json: bool) -> int:
    """Say whether the broker runs and is healthy; exit code 1 if not."""
    local = _local(None)
    info = local.status()
    healthy = False
    if info is not None:
        try:
            local.check_health()
            healthy = True
        except BrokerError as error:
            note(str(error))
    _say(info, healthy=healthy, as_json=as_json)
    return 0 if healthy else 1


def _local(port: int | None) -> LocalBroker:
    settings = load_settings().broker
    return LocalBroker(settings.folder, port=port, jars=settings.jars, heap_mb=settings.heap_mb)


def _say(info: BrokerInfo | None, *, healthy: bool, as_json: bool) -> None:
    if as_json:
        facts = (
            {"bootstrap_servers": info.bootstrap_servers, "pid": info.pid, "folder": str(info.folder)} if info else {}
        )
        say_json({"running": info is not None, "healthy": healthy} | facts)
    elif info is None:
        say(f"no broker runs in {load_settings().broker.folder}")
    else:
        state = "healthy" if healthy else "running, but not healthy"
        say(f"{state}: {info.bootstrap_servers}, process {info.pid}, data in {info.folder}")
