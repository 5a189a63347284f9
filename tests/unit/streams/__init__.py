"""Tests of streams, one module at a time."""
