"""Tests of the house itself: faces, floors, documents."""
