"""TRENDS: what moderators say becomes what every shard must know."""

from streams.agents.trends.preparation import SeedIntake, SeedStore, SeedSuite
from streams.agents.trends.program import TrendsProgram

__all__ = ["SeedIntake", "SeedStore", "SeedSuite", "TrendsProgram"]
