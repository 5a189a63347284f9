"""Training of towers: losses, sampling, augmentation, a loop that a kill cannot hurt."""

from encoders.training.bank import Bank, generated_bank, media_bank, stored_bank
from encoders.training.config import Recipe, read_recipe, shipped_recipes
from encoders.training.errors import (
    BadRun,
    CheckpointError,
    CorpusTooSmall,
    DataMissing,
    DeviceMissing,
    ExportError,
    LossInputError,
    LossNotFinite,
    OutOfRange,
    RecipeError,
    TrainingError,
)
from encoders.training.export import ExportPlan, export_suite
from encoders.training.loop import TrainedRun, train
from encoders.training.measured_bank import measure_bank
from encoders.training.posteriors import Classifier, Said, classify, read_classifier

__all__ = [
    "BadRun",
    "Bank",
    "CheckpointError",
    "Classifier",
    "CorpusTooSmall",
    "DataMissing",
    "DeviceMissing",
    "ExportError",
    "ExportPlan",
    "LossInputError",
    "LossNotFinite",
    "OutOfRange",
    "Recipe",
    "RecipeError",
    "Said",
    "TrainedRun",
    "TrainingError",
    "classify",
    "export_suite",
    "generated_bank",
    "measure_bank",
    "media_bank",
    "read_classifier",
    "read_recipe",
    "shipped_recipes",
    "stored_bank",
    "train",
]
