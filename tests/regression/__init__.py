"""Bugs that were met once: a file each."""
