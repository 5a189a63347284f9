"""What must be known about a model before its scores are believed."""

from dataclasses import dataclass

from encoders.modality import Modality


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The record that comes with a suite.

    Attributes:
        name: The name by which it is loaded.
        model_id: The id that its vectors bear; another preprocessing or weight is another id.
        dimension: Of the fused vector.
        dimensions: Of each modality's vector.
        modalities: What it can encode.
        preprocessing: What happens to a sample before the first layer, in words.
        training: What it was trained on; "none" when untrained.
        licence: SPDX id of weights and code.
        limits: What it is known to be bad at.
    """

    name: str
    model_id: str
    dimension: int
    dimensions: tuple[tuple[Modality, int], ...]
    modalities: tuple[Modality, ...]
    preprocessing: str
    training: str
    licence: str
    limits: str
