"""The signal suite's vectors are those of `signal-1`: running systems hold them, so another vector needs another id."""

import numpy as np
import pytest

from encoders.modality import Modality
from encoders.registry import load_suite
from encoders.trial import made_up

# Each vector against cosines of its own places: one number that moves when any coordinate does.
PINNED = {
    Modality.FRAMES: [0.48459, -0.466621, -0.804231],
    Modality.AUDIO: [-0.352398, -0.380207, 0.082991],
    Modality.TEXT: [0.319056, 0.200141, -0.510717],
}


@pytest.mark.parametrize("modality", Modality)
def test_vectors_stay(modality: Modality) -> None:
    """Within what another machine's arithmetic may change."""
    encoder = load_suite("signal").encoders[modality]

    seen = [
        float(np.cos(np.arange(encoder.dimension)) @ vector)
        for vector in encoder.encode(made_up(modality, 3))
        if vector is not None
    ]

    assert seen == pytest.approx(PINNED[modality], abs=1e-4)
