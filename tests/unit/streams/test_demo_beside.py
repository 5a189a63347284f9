"""What stands beside a demo is judged on the same files, without a pipeline."""

from pathlib import Path

from encoders import SIGNAL
from encoders.corpus import Role, ShownSettings, generate_shown, read_truth
from streams.demo.beside import judge
from streams.demo.plan import make_plan
from streams.demo.rules import fixed


def test_every_sound_file_is_judged_and_no_damaged_one(tmp_path: Path) -> None:
    """At a threshold of -1 each judged post is a hit of the trend; the truth says how many of them are right."""
    generate_shown(tmp_path, ShownSettings(posts=13, trends=1))
    truths = read_truth(tmp_path)

    beside = judge(make_plan(tmp_path, truths), SIGNAL, fixed("signal-1", -1.0))

    sound = [truth for truth in truths if truth.role not in (Role.SEED, Role.DAMAGED)]
    [quality] = beside.by_trend.values()
    assert quality.hits == len(sound)
    assert quality.true_hits == quality.positives == sum(truth.role is Role.POSITIVE for truth in sound) > 0
