"""All trends with their seeds, folded from what moderators said: no Kafka, no clock."""

from streams.catalogue.answered import Answers
from streams.catalogue.bounds import due_bounds
from streams.catalogue.calibrating import Calibrator, fit_calibration
from streams.catalogue.decisions import Decisions, Ruling, Tally
from streams.catalogue.expiry import due_expiries
from streams.catalogue.judged_hits import Join, JudgedHit, SeenActions, comparable, join
from streams.catalogue.ledger import ORIGIN_HEADER, entry_of, fold
from streams.catalogue.pausing import due_pauses
from streams.catalogue.rates import ForwardRates
from streams.catalogue.score_rule import score_rule
from streams.catalogue.seed_health import SeedHealth, seed_health
from streams.catalogue.sent import SentSeeds
from streams.catalogue.state import Catalogue, Effect, Step
from streams.catalogue.trend import Entry, Seed, SeedJoins, Trend
from streams.catalogue.weighing import due_weights, seed_weights, vectors_of_seed

__all__ = [
    "ORIGIN_HEADER",
    "Answers",
    "Calibrator",
    "Catalogue",
    "Decisions",
    "Effect",
    "Entry",
    "ForwardRates",
    "Join",
    "JudgedHit",
    "Ruling",
    "Seed",
    "SeedHealth",
    "SeedJoins",
    "SeenActions",
    "SentSeeds",
    "Step",
    "Tally",
    "Trend",
    "comparable",
    "due_bounds",
    "due_expiries",
    "due_pauses",
    "due_weights",
    "entry_of",
    "fit_calibration",
    "fold",
    "join",
    "score_rule",
    "seed_health",
    "seed_weights",
    "vectors_of_seed",
]
