"""`ebr models rules`: from which scores on a suite's hits are hits, chosen on development trends."""

from pathlib import Path

import click

from encoders import Runtime, load_suite
from streams.cli.options import json_option
from streams.cli.output import progress, say, say_json, say_table
from streams.demo.choosing import REHEARSAL, choose_rules
from streams.demo.rules import rules_file, write_rules
from streams.settings import load_settings


@click.command()
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; by default rules.json beside the suite's file, where `ebr demo` looks for it.",
)
@json_option
def rules(name: str, out: Path | None, as_json: bool) -> None:
    """Choose on development trends how trends of each kind are judged: by which score, from which threshold on.

    What has the highest F1 is chosen. The trends are generated: 16, of motifs that neither training nor a test has.
    The same suite gets the same rules.

    \b
    Examples:
      ebr models rules my-suite
      ebr models rules signal --out signal-rules.json
    """
    suite = load_suite(name, Runtime(load_settings().encoders.runtime))
    with progress("posts of development trends", REHEARSAL.posts) as advance:
        book = choose_rules(suite, told=lambda _done, _posts: advance(1))
    path = out or rules_file(name)
    write_rules(path, book)
    if as_json:
        say_json({"file": str(path), "model_id": book.model_id, "rules": book.rules})
        return
    rows = [
        (kind, one.score_kind, one.seed_pooling, f"{one.threshold:.4f}", f"{one.precision:.3f}", f"{one.recall:.3f}")
        for kind, one in book.rules.items()
    ]
    say_table(("trends about", "score", "over seeds", "threshold", "precision", "recall"), rows)
    say(f"chosen on {book.conditions}\nwritten: {path}")
