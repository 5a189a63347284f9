"""What runs the networks of our own towers."""

from enum import StrEnum


class Runtime(StrEnum):
    """A library, or a precision, by which the same weights become vectors."""

    TORCH = "torch"
    ONNX = "onnx"
    """ONNX Runtime: the vectors of torch within 1e-4, under the same model id."""
    BF16 = "bf16"
    """torch that multiplies in bfloat16: vectors that differ in the third digit, under a model id of their own."""


def id_by(runtime: Runtime, model_id: str) -> str:
    """Return the id of vectors of a model by a runtime: its own where they differ from those of torch."""
    return f"{model_id}-{runtime}" if runtime is Runtime.BF16 else model_id
