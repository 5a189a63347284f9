"""What decisions of moderators say about scores: probabilities, how far to trust them, which threshold to take."""

from streams.calibration.advice import Advice, load_advice, precision_advice
from streams.calibration.fitting import Points, cross_fitted, fit_points
from streams.calibration.interpolation import probability
from streams.calibration.reliability import Bin, expected_calibration_error, reliability

__all__ = [
    "Advice",
    "Bin",
    "Points",
    "cross_fitted",
    "expected_calibration_error",
    "fit_points",
    "load_advice",
    "precision_advice",
    "probability",
    "reliability",
]
