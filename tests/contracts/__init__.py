"""Promises that every sibling of a family must keep."""
