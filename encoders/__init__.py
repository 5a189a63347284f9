"""Media decoding, per-modality encoders and fusion: a video becomes unit vectors."""

from encoders.embedding import Embedding, to_unit, to_unit_float16
from encoders.errors import (
    BadCard,
    BadFusion,
    BadSuite,
    BadWhitening,
    DecoderUnavailable,
    EncodersError,
    MediaError,
    MediaReason,
    ModelRefused,
    RefusalReason,
    SampleError,
    UnknownSuite,
)
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, SuiteCard, read_card, write_card
from encoders.protocol import Encoder, Fusion
from encoders.registry import Suite, load_fusion, load_suite
from encoders.runtime import Runtime
from encoders.samples import Caption, Frames, Sample, Samples, Waveform, modality_of
from encoders.suite_folders import SIGNAL, default_suite, suite_names

__all__ = [
    "SIGNAL",
    "BadCard",
    "BadFusion",
    "BadSuite",
    "BadWhitening",
    "BankStatistics",
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
    "ModelRefused",
    "RefusalReason",
    "Runtime",
    "Sample",
    "SampleError",
    "Samples",
    "Suite",
    "SuiteCard",
    "UnknownSuite",
    "Waveform",
    "default_suite",
    "load_fusion",
    "load_suite",
    "modality_of",
    "read_card",
    "suite_names",
    "to_unit",
    "to_unit_float16",
    "write_card",
]
