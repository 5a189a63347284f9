"""A tower's network run by ONNX Runtime: the door of that library.

The network is exported in memory when it is loaded, which takes less than a second, so that there is no second file of
weights that could be of another version. Only what stands between `collate` and the features is exported: preparing a
sample, scaling to norm 1, whitening and fusion are the same code whatever runs the network.
"""

import io
import warnings
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from encoders.errors import ModelRefused, RefusalReason
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Waveform
from encoders.towers.forward import Features
from encoders.towers.tower import Tower

OPSET = 18
"""Of the operators that are written; ONNX Runtime reads it since 1.14 (2023)."""

_PROVIDERS = ("CPUExecutionProvider",)
_ERRORS_ONLY = 3
_OUT = "features"

_TRACED: Mapping[Modality, tuple[Sample, ...]] = MappingProxyType(
    {
        Modality.FRAMES: tuple(Frames((np.arange(48 * step, dtype=np.uint8).reshape(4, -1, 3),)) for step in (1, 2)),
        Modality.AUDIO: tuple(Waveform(np.sin(np.arange(16_000, dtype=np.float32) * pace)) for pace in (0.1, 0.2)),
        Modality.TEXT: (Caption("one"), Caption("two words")),
    }
)
"""What flows through a network while its operators are written down; two, since a batch of one would be a constant."""


class OnnxForward:
    """Runs a tower by ONNX Runtime, with the weights that it had at first, on as many threads as torch has."""

    def __init__(self, tower: Tower) -> None:
        """Export a tower, then load what came out.

        Args:
            tower: With its weights, on the CPU.

        Raises:
            ModelRefused: `unsupported`, its network cannot be exported.
        """
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        options.intra_op_num_threads = torch.get_num_threads()
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(exported(tower), options, providers=_PROVIDERS)
        self._names = [given.name for given in self._session.get_inputs()]

    def __call__(self, inputs: tuple[Tensor, ...]) -> Features:
        """Run the network; see `Forward`."""
        given = {name: tensor.numpy() for name, tensor in zip(self._names, inputs, strict=True)}
        features: Features = self._session.run([_OUT], given)[0]
        return features


def exported(tower: Tower) -> bytes:
    """Return the network of a tower as an ONNX model, for batches of any size.

    Args:
        tower: With its weights, on the CPU; it is set to evaluation meanwhile.

    Raises:
        ModelRefused: `unsupported`, it has an operator that cannot be written.
    """
    prepared = [tower.prepare(sample) for sample in _TRACED[tower.modality]]
    inputs = tower.collate([array for array in prepared if array is not None])
    names = [f"input_{place}" for place in range(len(inputs))]
    file = io.BytesIO()
    training = tower.training
    tower.eval()
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter(
                "ignore"
            )  # the tracing exporter is the one that needs no further package, and says so
            torch.onnx.export(
                tower,
                inputs,
                file,  # type: ignore[arg-type]  # it is written to, whatever the signature says
                input_names=names,
                output_names=[_OUT],
                dynamic_axes={name: {0: f"rows of {name}"} for name in (*names, _OUT)},
                opset_version=OPSET,
                dynamo=False,
            )
    except (RuntimeError, torch.onnx.OnnxExporterError) as error:
        raise ModelRefused(RefusalReason.UNSUPPORTED, f"onnx: {str(error).splitlines()[0]}") from error
    finally:
        tower.train(training)
    return file.getvalue()
