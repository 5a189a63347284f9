"""Which suite a demo shows, with the rules that its trends are declared by."""

from collections.abc import Callable
from pathlib import Path

from encoders import Runtime, default_suite, load_fusion, load_suite
from streams.demo.choosing import choose_rules
from streams.demo.rules import RuleBook, fixed, read_rules, rules_file, write_rules
from streams.settings import EncoderSettings, Settings


def shown_suite(settings: Settings, suite: str | None) -> Settings:
    """Return settings that name the suite to show: the one asked for, the one set, else the one that ships."""
    if suite is None and "suite" in settings.encoders.model_fields_set:
        return settings
    given = settings.encoders.model_dump(exclude_unset=True)
    return settings.model_copy(update={"encoders": EncoderSettings(**given | {"suite": suite or default_suite()})})


def rules_of(encoders: EncoderSettings, folder: Path, begin: Callable[[str], None]) -> RuleBook:
    """Return the rules of a suite: those beside it, else those chosen earlier, else chosen now.

    Args:
        encoders: Which suite.
        folder: Where rules that are chosen now are kept.
        begin: Told when it takes a while.

    Raises:
        EncodersError: The suite cannot be loaded.
        UserError: A file of rules holds something else.
    """
    model_id = load_fusion(encoders.suite, Runtime(encoders.runtime))[1].model_id
    kept = folder / f"rules-{model_id}.json"
    for path in (rules_file(encoders.suite), kept):
        book = read_rules(path)
        if book is not None and book.model_id == model_id:
            return book
    begin(f"choosing thresholds for the suite {encoders.suite} on development trends (minutes; once)")
    book = choose_rules(load_suite(encoders.suite, Runtime(encoders.runtime)))
    write_rules(kept, book)
    return book


def chosen_rules(
    encoders: EncoderSettings, threshold: float | None, folder: Path, begin: Callable[[str], None]
) -> RuleBook:
    """Return the rules of a demo: a stated threshold for all trends, else those of the suite."""
    if threshold is None:
        return rules_of(encoders, folder, begin)
    return fixed(load_fusion(encoders.suite, Runtime(encoders.runtime))[1].model_id, threshold)
