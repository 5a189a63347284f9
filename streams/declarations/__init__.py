"""Trends as code: a file that says which trends there should be, beside what the ledger says there are."""

from streams.declarations.plan import Known, Plan, make_plan
from streams.declarations.trend_file import DEFAULTS, RULE_FIELDS, FileSeed, FileTrend, read_trend_file

__all__ = [
    "DEFAULTS",
    "RULE_FIELDS",
    "FileSeed",
    "FileTrend",
    "Known",
    "Plan",
    "make_plan",
    "read_trend_file",
]
