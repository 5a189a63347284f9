"""What may keep an evaluation from being made.

EncodersError
└── EvaluationError    posts, vectors or probabilities that are no test
"""

from encoders.errors import EncodersError


class EvaluationError(EncodersError):
    """The evaluation cannot be made."""
