"""Every suite of encoders by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from encoders.errors import UnknownSuite
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.model_card import ModelCard
from encoders.protocol import Encoder, Fusion
from encoders.towers.signal_audio import SignalAudio
from encoders.towers.signal_frames import SignalFrames
from encoders.towers.signal_text import SignalText


@dataclass(frozen=True, slots=True)
class Suite:
    """The encoders that serve together.

    Attributes:
        name: By which it was loaded.
        model_id: What every message bears; vectors of two model ids are never compared.
        encoders: One a modality.
        fusion: Takes the vectors of these encoders.
        card: What must be known about it.
    """

    name: str
    model_id: str
    encoders: Mapping[Modality, Encoder]
    fusion: Fusion
    card: ModelCard


SIGNAL_WEIGHTS: Mapping[Modality, float] = MappingProxyType(
    {Modality.FRAMES: 0.5, Modality.AUDIO: 0.2, Modality.TEXT: 0.3}
)
"""Pictures are what is harmful most often; captions are short but telling; sound is shared by thousands of videos."""


def load_suite(name: str) -> Suite:
    """Build a suite; nothing is loaded before.

    Args:
        name: One of `suite_names()`.

    Returns:
        The suite, ready to encode.

    Raises:
        UnknownSuite: No suite has that name; the message lists those that exist.
    """
    build = _SUITES.get(name)
    if build is None:
        raise UnknownSuite(name, suite_names())
    return build()


def suite_names() -> tuple[str, ...]:
    """Return the names that `load_suite` takes, ascending."""
    return tuple(sorted(_SUITES))


def _signal() -> Suite:
    """Build the untrained baseline."""
    encoders: tuple[Encoder, ...] = (SignalFrames(), SignalAudio(), SignalText())
    dimensions = {encoder.modality: encoder.dimension for encoder in encoders}
    fusion = MaskedConcatFusion("signal-1", dimensions, SIGNAL_WEIGHTS)
    card = ModelCard(
        name="signal",
        model_id="signal-1",
        dimension=fusion.dimension,
        dimensions=tuple(dimensions.items()),
        modalities=tuple(dimensions),
        preprocessing="pictures to 32 x 32; sound to 32 mel bands of 32 ms; text to NFKC, case folded",
        training="none",
        licence="Apache-2.0",
        limits="finds copies, edits and looks, not meaning; text of one language only; the baseline for trained suites",
    )
    return Suite("signal", "signal-1", MappingProxyType({e.modality: e for e in encoders}), fusion, card)


_SUITES: Mapping[str, Callable[[], Suite]] = MappingProxyType({"signal": _signal})
