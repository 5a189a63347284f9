"""What a draft would do if it acted: the receipts of all shards, folded before it does."""

from streams.preview.fold import Hits, Point, Preview, fold_preview
from streams.preview.rate import Daily, Expected, daily
from streams.preview.words import state_words

__all__ = ["Daily", "Expected", "Hits", "Point", "Preview", "daily", "fold_preview", "state_words"]
