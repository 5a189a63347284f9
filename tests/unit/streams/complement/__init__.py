"""Tests of what a classifier, retrieval, and both catch."""
