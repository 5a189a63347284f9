"""Tests of the simulated A/B test."""
