"""Decisions on actions become a calibration in the ledger, then a policy on every shard."""

from streams.agents.trends.calibrating import Calibrating
from streams.settings import Settings, TrendSettings
from streams.wire.codec import decode_json
from streams.wire.fanout import TrendPolicy
from streams.wire.topics import Topic
from streams.wire.trend import TrendAdjusted
from tests.support.catalogue import changed, decided, declared, record
from tests.support.judged import acted, simulated
from tests.support.trends import SHARDS, TrendsBench

_LIVE = declared(state="live")
_ENOUGH = 20


async def _ruled(bench: TrendsBench, observer: Calibrating, start: int, end: int) -> None:
    """Let actions be seen with the decisions on them."""
    for offset, (score, confirmed) in enumerate(simulated(end)[start:], start):
        action_id = f"{offset:032x}"
        observer.actions.add(acted(action_id, f"v{offset}", score, model_id="signal-1"))
        verdict = "confirm" if confirmed else "reject"
        said = decided(verdict, video_id=f"v{offset}", decision_id=f"d{offset}", action_id=action_id)
        await bench.hear(record(said, offset))


async def _calibrating() -> tuple[TrendsBench, Calibrating]:
    """Return TRENDS with an observer that has read what lay there."""
    bench = TrendsBench()
    observer = Calibrating(Settings(trends=TrendSettings(calibration_decisions=_ENOUGH)), "signal-1", lambda: None)
    observer.reached(Topic.MODERATION_ACTIONS)
    observer.reached(Topic.SHADOW_ACTIONS)
    bench.program.tending.start([observer])
    await bench.program.tending.stop()
    await bench.said(_LIVE)
    return bench, observer


def _written(bench: TrendsBench) -> list[TrendAdjusted]:
    return [decode_json(sent.value, TrendAdjusted) for sent in bench.of(Topic.TREND_SEEDS)]


async def test_a_calibration_takes_effect_when_it_was_read_back() -> None:
    """Every shard gets it with the whole rule; it is said once."""
    bench, observer = await _calibrating()
    await _ruled(bench, observer, 0, _ENOUGH)

    assert [await bench.program.tending.observe() for _ in range(2)] == [1, 0]
    [event] = _written(bench)
    await bench.hear(record(event, 1, own=True))

    policies = [m for _, m in bench.messages() if isinstance(m, TrendPolicy) and m.source_offset == 1]
    assert [policy.calibration for policy in policies] == [event.calibration] * SHARDS
    assert await bench.program.tending.observe() == 0


async def test_nothing_is_said_before_all_that_lay_there_was_read() -> None:
    """A map of some decisions only would sweep the trend twice."""
    bench, observer = await _calibrating()
    observer._behind.add(Topic.SHADOW_ACTIONS)
    await _ruled(bench, observer, 0, _ENOUGH)

    assert await bench.program.tending.observe() == 0


async def test_a_life_that_ended_before_it_read_its_word_says_it_again_to_no_effect() -> None:
    """The next owner knows the same decisions; the second word finds the first in force."""
    bench, observer = await _calibrating()
    await _ruled(bench, observer, 0, _ENOUGH)
    await bench.program.tending.observe()
    again, next_observer = await _calibrating()
    await _ruled(again, next_observer, 0, _ENOUGH)
    await again.program.tending.observe()

    words = [*_written(bench), *_written(again)]
    await again.hear(*(record(word, offset, own=True) for offset, word in enumerate(words, 1)))

    assert words[0] == words[1]
    assert [m.source_offset for _, m in again.messages() if isinstance(m, TrendPolicy)] == [0] * SHARDS + [1] * SHARDS
    assert await again.program.tending.observe() == 0


async def test_a_moderator_who_was_faster_is_not_overruled() -> None:
    """Scores are made otherwise by the time the word is read: it is void, the policy has no map."""
    bench, observer = await _calibrating()
    await _ruled(bench, observer, 0, _ENOUGH)
    await bench.program.tending.observe()

    await bench.hear(record(changed(2, score_kind="text"), 1), record(_written(bench)[0], 2, own=True))

    policies = [m for _, m in bench.messages() if isinstance(m, TrendPolicy)]
    assert policies[-1].source_offset == 1
    assert policies[-1].calibration is None
    assert await bench.program.tending.observe() == 0
