"""All who observe for TRENDS."""

from streams.agents.program import Beat
from streams.agents.trends.braking import Braking
from streams.agents.trends.calibrating import Calibrating
from streams.agents.trends.observer import Observer
from streams.settings import Settings


def make_observers(settings: Settings, model_id: str, beat: Beat) -> list[Observer]:
    """Return the observers of one assignment, which know nothing yet.

    Args:
        settings: Of this installation.
        model_id: Of the suite that serves.
        beat: Told after each step.
    """
    return [Braking(settings, beat), Calibrating(settings, model_id, beat)]
