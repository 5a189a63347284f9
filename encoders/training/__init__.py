"""Training of towers: losses, sampling, augmentation, a loop that a kill cannot hurt."""

from encoders.training.config import Recipe, read_recipe, shipped_recipes
from encoders.training.errors import (
    CheckpointError,
    CorpusTooSmall,
    DataMissing,
    DeviceMissing,
    LossInputError,
    LossNotFinite,
    OutOfRange,
    RecipeError,
    TrainingError,
)
from encoders.training.loop import TrainedRun, train

__all__ = [
    "CheckpointError",
    "CorpusTooSmall",
    "DataMissing",
    "DeviceMissing",
    "LossInputError",
    "LossNotFinite",
    "OutOfRange",
    "Recipe",
    "RecipeError",
    "TrainedRun",
    "TrainingError",
    "read_recipe",
    "shipped_recipes",
    "train",
]
