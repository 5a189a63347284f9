"""The whole pipeline shown on a corpus whose truth is known."""
