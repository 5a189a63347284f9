"""How the network of a tower is run on a batch."""

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from encoders.towers.tower import Tower

Features = NDArray[np.float32]


class Forward(Protocol):
    """What a tower's network makes of a batch, by whatever runs it."""

    def __call__(self, inputs: tuple[Tensor, ...]) -> Features:
        """Run the network.

        Args:
            inputs: What `Tower.collate` returns.

        Returns:
            Shape (n, dimension), float32, of any norm.
        """
        ...


class TorchForward:
    """Runs a tower by torch, on the device of its weights, with the weights of the moment."""

    def __init__(self, tower: Tower, *, bf16: bool = False) -> None:
        """Take the tower; it is set to evaluation for each call and back after it.

        Args:
            tower: With its weights.
            bf16: Multiply in bfloat16 where torch holds that to be safe. Vectors then differ in the third digit, so
                they are no vectors of the same model: for measurements.
        """
        self._tower, self._bf16 = tower, bf16

    def __call__(self, inputs: tuple[Tensor, ...]) -> Features:
        """Run the network; see `Forward`."""
        device = next(self._tower.parameters()).device
        training = self._tower.training
        self._tower.eval()
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=self._bf16):
            features: Tensor = self._tower(*(tensor.to(device) for tensor in inputs))
        self._tower.train(training)
        array: Features = features.float().cpu().numpy()
        return array
