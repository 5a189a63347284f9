"""What may go wrong before, while and after a tower is trained.

EncodersError
└── TrainingError
    ├── OutOfRange        a number outside its limits, with field, value and limit
    ├── RecipeError       a recipe that cannot be read, with file and field
    ├── LossInputError    tensors that a loss cannot take
    ├── CorpusTooSmall    too few posts or leaves for what the recipe samples
    ├── BadRun            a run that cannot be read, or has no such tower
    ├── ExportError       no suite can be made of these runs, this bank and these choices
    ├── CheckpointError   a checkpoint that is not of this run, or is not whole
    ├── DataMissing       files that the recipe reads are not there, or are none of that kind
    ├── DeviceMissing     this machine has no such device
    └── LossNotFinite     the loss became infinite or no number at all
"""

from pathlib import Path

from encoders.errors import EncodersError


class TrainingError(EncodersError):
    """The training cannot do what was asked."""


class OutOfRange(TrainingError):
    """A number of the recipe is outside its limits."""

    def __init__(self, field: str, value: float, limit: str) -> None:
        """Name the field, what it has, what it may have."""
        super().__init__(f"{field} must be {limit}, got {value}")
        self.field = field
        self.value = value
        self.limit = limit


class RecipeError(TrainingError):
    """The recipe cannot be used."""

    def __init__(self, path: Path | None, field: str, reason: str) -> None:
        """Name the file (None when it came from elsewhere), the field within it, what is wrong with it."""
        super().__init__(f"{'' if path is None else f'{path}, '}{field}: {reason}")
        self.path = path
        self.field = field
        self.reason = reason


class LossInputError(TrainingError):
    """The loss cannot take these tensors."""


class CorpusTooSmall(TrainingError):
    """There are too few posts for this recipe."""


class BadRun(TrainingError):
    """The run cannot be used."""


class ExportError(TrainingError):
    """No suite can be written."""


class CheckpointError(TrainingError):
    """The checkpoint cannot be used."""


class DataMissing(TrainingError):
    """The data of the recipe cannot be read."""


class DeviceMissing(TrainingError):
    """This machine has no such device."""


class LossNotFinite(TrainingError):
    """The loss is not finite."""

    def __init__(self, step: int, loss: float) -> None:
        """Name the step, counted from 0, and the loss."""
        super().__init__(f"{loss} at step {step}; lower the learning rate or raise the temperature")
        self.step = step
        self.loss = loss


def check_range(field: str, value: float, low: float, high: float, *, open_low: bool = False) -> None:
    """Refuse a number outside its limits.

    Args:
        field: Its name in the recipe.
        value: What it has.
        low: Least value.
        high: Greatest value; infinity where there is none.
        open_low: Whether `low` itself is refused too.

    Raises:
        OutOfRange: The value is below, above, or not a number.
    """
    above = low < value if open_low else low <= value
    if not (above and value <= high):
        least = f"above {low}" if open_low else f"at least {low}"
        most = "" if high == float("inf") else f", at most {high}"
        raise OutOfRange(field, value, least + most)
