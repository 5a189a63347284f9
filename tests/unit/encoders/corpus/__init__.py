"""Tests of the corpus of trends."""
