"""The whole system as its users run it, every process real."""
