"""The watchdog ends what stands still, not what waits for nothing."""

from dataclasses import dataclass, field

from streams.watchdog import EXIT_STALLED, Limits, Watchdog

LIMITS = Limits(ready_seconds=100, stall_seconds=50, rebalance_seconds=200, stop_seconds=10)


@dataclass
class _World:
    """A clock by hand and the exit statuses asked for."""

    now: float = 0.0
    ended: list[int] = field(default_factory=list)

    def watchdog(self) -> Watchdog:
        return Watchdog(LIMITS, clock=lambda: self.now, end=self.ended.append)


def test_a_worker_that_is_not_ready_in_time_is_ended() -> None:
    """A first join that fails leaves Faust alive without work."""
    world = _World()
    watchdog = world.watchdog()

    world.now = 100
    watchdog.check()
    assert world.ended == []

    world.now = 101
    watchdog.check()
    assert world.ended == [EXIT_STALLED]


def test_a_step_of_a_restore_is_progress() -> None:
    """A long replay is work, not standstill."""
    world = _World()
    watchdog = world.watchdog()
    world.now = 99
    watchdog.beat()

    world.now = 198

    assert watchdog.alarm() is None


def test_an_idle_worker_lives_for_ever() -> None:
    """Without lag there is nothing to make progress with."""
    world = _World()
    watchdog = world.watchdog()
    watchdog.ready()

    for world.now in range(0, 10_000, 10):
        watchdog.report(0, rebalancing=False)
        assert watchdog.alarm() is None


def test_lag_without_progress_ends_the_worker() -> None:
    """The time counts from when the lag was first seen."""
    world = _World()
    watchdog = world.watchdog()
    watchdog.ready()
    world.now = 1_000
    watchdog.report(7, rebalancing=False)

    world.now = 1_050
    watchdog.report(7, rebalancing=False)
    assert watchdog.alarm() is None

    world.now = 1_051
    assert watchdog.alarm() == "no progress with 7 records waiting"


def test_an_endless_rebalance_ends_the_worker() -> None:
    """An unexpected join error leaves the worker without assignment, in a rebalance that nobody ends."""
    world = _World()
    watchdog = world.watchdog()
    watchdog.ready()
    world.now = 1_000
    watchdog.report(0, rebalancing=True)

    world.now = 1_200
    watchdog.report(0, rebalancing=True)
    assert watchdog.alarm() is None

    world.now = 1_201
    assert watchdog.alarm() == "rebalancing for too long"


def test_an_event_loop_that_says_nothing_is_noticed_by_the_thread() -> None:
    """Timers do not run when the loop hangs; that is why the watchdog is a thread."""
    world = _World()
    watchdog = world.watchdog()
    watchdog.ready()

    world.now = 51

    assert watchdog.alarm() == "the event loop stands still"


def test_a_stop_that_takes_too_long_ends_well() -> None:
    """What was in hand is delivered again; a stop that was asked for is no failure."""
    world = _World()
    watchdog = world.watchdog()
    watchdog.stopping()
    world.now = 10
    watchdog.check()
    assert world.ended == []

    world.now = 11
    watchdog.check()

    assert world.ended == [0]
