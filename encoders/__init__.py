"""Media decoding, per-modality encoders and fusion: a video becomes unit vectors."""

from encoders.embedding import Embedding, to_unit, to_unit_float16
from encoders.errors import DecoderUnavailable, EncodersError, MediaError, MediaReason, SampleError, UnknownSuite
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.model_card import ModelCard
from encoders.protocol import Encoder, Fusion
from encoders.registry import Suite, load_suite, suite_names
from encoders.samples import Caption, Frames, Sample, Samples, Waveform, modality_of

__all__ = [
    "Caption",
    "DecoderUnavailable",
    "Embedding",
    "Encoder",
    "EncodersError",
    "Frames",
    "Fusion",
    "MaskedConcatFusion",
    "MediaError",
    "MediaReason",
    "Modality",
    "ModelCard",
    "Sample",
    "SampleError",
    "Samples",
    "Suite",
    "UnknownSuite",
    "Waveform",
    "load_suite",
    "modality_of",
    "suite_names",
    "to_unit",
    "to_unit_float16",
]
