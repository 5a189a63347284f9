"""Tests of how encoders are judged."""
