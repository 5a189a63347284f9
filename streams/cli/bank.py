"""`ebr models bank`: what strangers score by a suite, so that trends may be normalised by it."""

from pathlib import Path

import click

from encoders import Runtime
from encoders.suite_bank import BANK_FILE
from streams.cli.bank_options import bank_options, drawn_bank
from streams.cli.options import json_option
from streams.cli.output import progress, say, say_json
from streams.errors import UserError
from streams.settings import load_settings


@click.command("bank")
@click.argument("name")
@bank_options
@json_option
def measure(
    *, name: str, bank: int, bank_media: Path | None, stores: tuple[Path, ...], seed: int, as_json: bool
) -> None:
    """Write bank.json beside the file of a suite: what posts score that have nothing to do with each other.

    Without it `ebr trend declare --background-normalised` is refused. Neither vectors nor the model id change. Suites
    of `ebr models export` have it already.

    \b
    Examples:
      ebr models bank my-suite
      ebr models bank my-suite/suite.toml --bank-store stores/generated-bank --bank 2000
    """
    from encoders import training  # noqa: PLC0415 - loads torch, for which `ebr --help` would wait

    background = drawn_bank(bank, bank_media, stores, seed)
    try:
        with progress("encoding the bank", background.size) as advance:
            found, folder = training.measure_bank(name, background, Runtime(load_settings().encoders.runtime), advance)
    except training.ExportError as error:
        raise UserError(error.detail) from error
    if as_json:
        say_json({"file": str(folder / BANK_FILE), "bank": found})
        return
    fused = found.fused
    say(f"{found.model_id}: {fused.size} posts, fused cosines {fused.score_mean:.3f} +- {fused.score_deviation:.3f}")
    for place, part in enumerate(found.parts):
        say(f"  {part:24} {found.means[place]:.3f} +- {found.covariances[place][place] ** 0.5:.3f}")
    say(f"written: {folder / BANK_FILE}")
