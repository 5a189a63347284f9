"""All trends with their seeds, folded from what moderators said: no Kafka, no clock."""

from streams.catalogue.answered import Answers
from streams.catalogue.bounds import due_bounds
from streams.catalogue.decisions import Decisions, Tally
from streams.catalogue.expiry import due_expiries
from streams.catalogue.ledger import ORIGIN_HEADER, entry_of, fold
from streams.catalogue.pausing import due_pauses
from streams.catalogue.rates import ForwardRates
from streams.catalogue.sent import SentSeeds
from streams.catalogue.state import Catalogue, Effect, Step
from streams.catalogue.trend import Entry, Seed, SeedJoins, Trend
from streams.catalogue.weighing import due_weights

__all__ = [
    "ORIGIN_HEADER",
    "Answers",
    "Catalogue",
    "Decisions",
    "Effect",
    "Entry",
    "ForwardRates",
    "Seed",
    "SeedJoins",
    "SentSeeds",
    "Step",
    "Tally",
    "Trend",
    "due_bounds",
    "due_expiries",
    "due_pauses",
    "due_weights",
    "entry_of",
    "fold",
]
