"""Tests that meet a real broker."""
