"""Decisions calibrate a trend on a real broker, whoever is killed; the report reads it all from topics."""

import json
from pathlib import Path

import pytest

from streams.settings import load_settings
from streams.wire.codec import decode_json, decode_msgpack, encode_json
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.moderation import ModerationAction
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, TrendAdjusted, TrendDeclared, TrendEvent
from tests.support.catalogue import decided, declared
from tests.support.commands import Ebr, put, records
from tests.support.judged import acted, simulated
from tests.support.workers import WorkerProcess, wait_until, worker_environment

_DECISIONS = 40


def _put(topic: Topic, *messages: ModerationAction | ReviewDecision | TrendDeclared) -> None:
    put(*(Outgoing(topic=topic, key=b"t", value=encode_json(message)) for message in messages))


def _hits() -> tuple[list[ModerationAction], list[ReviewDecision]]:
    """Return hits by the suite that serves, with the decisions on them."""
    actions, decisions = [], []
    for n, (score, confirmed) in enumerate(simulated(_DECISIONS)):
        actions.append(acted(f"{n:032x}", f"v{n}", score, model_id="signal-1", threshold=0.6))
        verdict = "confirm" if confirmed else "reject"
        decisions.append(decided(verdict, video_id=f"v{n}", decision_id=f"d{n}", action_id=f"{n:032x}"))
    return actions, decisions


def _adjusted() -> list[TrendAdjusted]:
    events = [decode_json(record.value, TrendEvent) for record in records(Topic.TREND_SEEDS)]
    return [event for event in events if isinstance(event, TrendAdjusted)]


def _policies() -> list[TrendPolicy]:
    """Return what the shards were told, in the order of partitions."""
    messages = [decode_msgpack(record.value, FanoutMessage) for record in records(Topic.TREND_FANOUT)]
    return [message for message in messages if isinstance(message, TrendPolicy)]


def _calibrated() -> set[int]:
    """Return the places in the ledger of policies with a map, once all shards have them."""
    told = [policy.source_offset for policy in _policies() if policy.calibration is not None]
    return {place for place in told if told.count(place) % load_settings().kafka.partitions == 0}


@pytest.mark.usefixtures("installed")
def test_decisions_calibrate_a_trend_once_although_its_worker_is_killed(ebr: Ebr, tmp_path: Path) -> None:
    """Half its hits are shadow actions; odd decisions change nothing; a change of scoring takes the map away."""
    actions, decisions = _hits()
    _put(Topic.TREND_SEEDS, declared(state="live"))
    _put(Topic.MODERATION_ACTIONS, *actions[::2])
    _put(Topic.SHADOW_ACTIONS, *actions[1::2])
    odd = [decided("confirm", video_id="nobody", decision_id="odd", action_id="f" * 32), decisions[0]]
    _put(Topic.REVIEW_DECISIONS, *decisions, *odd)
    environment = worker_environment(
        load_settings().kafka,
        TRENDS__CALIBRATION_DECISIONS=str(_DECISIONS),
        TRENDS__CALIBRATION_GROWTH="9",
        MEDIA__WORKERS="1",
    )

    with WorkerProcess("trends", environment, tmp_path / "trends") as worker:
        wait_until(lambda: bool(_adjusted()), worker)
        worker.kill()
        worker.start()
        wait_until(lambda: bool(_calibrated()), worker)
        shown = ebr("trend", "report", "t", "--out", str(tmp_path / "out"), "--json", "--resamples", "20")
        changed = ebr("trend", "change", "t", "--score-kind", "text", "--reason", "words alone")
        wait_until(lambda: any(policy.version == 2 for policy in _policies()), worker)
        assert worker.terminate() == 0

    assert len(_calibrated()) == 1  # whatever was said twice, one word took effect
    [said] = {policy.calibration.decisions for policy in _policies() if policy.calibration is not None}
    assert said == _DECISIONS
    assert [policy.calibration for policy in _policies() if policy.version == 2] == [None] * 3
    assert shown[0] == changed[0] == 0
    report = json.loads(shown[1][0])
    assert (report["hits"], report["decisions"], report["unknown"]) == (_DECISIONS, _DECISIONS, 1)
    assert (report["tally"]["repeated"], report["in_force"]["decisions"]) == (1, _DECISIONS)
    assert (tmp_path / "out" / "report.png").read_bytes().startswith(b"\x89PNG")
