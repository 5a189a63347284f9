"""The door to PyAV: files become frames, sound and nothing else."""
