"""Facts become a digest that any change of them changes."""

import hashlib
import json


def canonical_digest(facts: object) -> str:
    """Return SHA-256, in hex, of facts written as JSON with sorted keys; what JSON lacks is written as its text."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
