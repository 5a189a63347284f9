"""`ebr models`: the suites of encoders, with what is known about them."""

import click
import msgspec

from encoders import BankStatistics, ModelCard, Runtime, SuiteCard, load_fusion, load_suite, suite_names
from encoders.trial import SAMPLES, try_suite
from streams.cli.bank import measure
from streams.cli.export import export
from streams.cli.options import json_option
from streams.cli.output import note, say, say_json, say_table
from streams.cli.rules import rules
from streams.settings import load_settings

_NAME = click.argument("name")


@click.group()
def models() -> None:
    """Make suites of encoders, or look at them before EBR_ENCODERS__SUITE names one.

    NAME is one that `list` shows, a folder with a suite.toml, or such a file itself.
    """


@models.command("list")
@json_option
def list_suites(as_json: bool) -> None:
    """List the suites that come with EBR.

    \b
    Examples:
      ebr models list
      ebr models list --json | jq .model_id
    """
    cards = [load_fusion(name)[1] for name in suite_names()]
    if as_json:
        for card in cards:
            say_json(_summary(card))
        return
    rows = [
        (card.name, card.model_id, card.dimension, ", ".join(f"{m} {size}" for m, size in card.dimensions))
        for card in cards
    ]
    say_table(("name", "model id", "dimensions", "of each modality"), rows)


@models.command()
@_NAME
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the card of a suite with those of its towers.

    \b
    Examples:
      ebr models show signal
      ebr models show my-suite/suite.toml --json | jq '.towers[].preprocessing'
    """
    card = load_fusion(name)[1]
    if as_json:
        say_json(card)
        return
    say(f"{card.name}, model {card.model_id}, {card.dimension} dimensions\nfusion: {card.fusion}")
    if card.bank is not None:
        say(f"bank: {card.bank.fused.size} posts, fused {_cosines(card.bank.fused)}")
    for tower in card.towers:
        say(_described(tower))


@models.command()
@_NAME
@json_option
def check(name: str, as_json: bool) -> int:
    """Load a suite, then try what it must keep on made-up samples. Exit code 1 with the reasons if it does not.

    Every vector: its dimension, finite, norm 1, the same within 1e-5 in different batches, and as float16; blank
    pictures, silence and no words count as missing; the fusion takes any modality alone. The networks are run by what
    EBR_ENCODERS__RUNTIME says.

    \b
    Examples:
      ebr models check signal
      ebr models check my-suite
    """
    suite = load_suite(name, Runtime(load_settings().encoders.runtime))
    faults = try_suite(suite)
    if as_json:
        say_json({"name": suite.name, "model_id": suite.model_id, "ok": not faults, "faults": faults})
    elif not faults:
        said = ", ".join(suite.encoders)
        say(f"{suite.name}, model {suite.model_id}: {SAMPLES} samples of each of {said} are encoded as they must be")
    else:
        for fault in faults:
            note(fault)
    return 1 if faults else 0


models.add_command(measure)
models.add_command(export)
models.add_command(rules)


def _summary(card: SuiteCard) -> dict[str, object]:
    sizes = {modality.value: size for modality, size in card.dimensions}
    return {"name": card.name, "model_id": card.model_id, "dimension": card.dimension, "dimensions": sizes}


def _described(tower: ModelCard) -> str:
    """Return a card as lines, without what nobody stated."""
    fields = msgspec.to_builtins(tower)
    fields.pop("bank")
    lines = [f"\n{fields.pop('modality')}: {fields.pop('name')}"]
    fields["licences"] = ", ".join(tower.licences)
    fields["aspects"] = ", ".join(f"{name} {size}" for name, size in tower.aspects.items())
    fields["metrics"] = ", ".join(f"{name} {value:g}" for name, value in tower.metrics.items())
    if tower.bank is not None:
        fields["bank"] = f"{tower.bank.size} vectors, {_cosines(tower.bank)}"
    lines += [f"  {key.replace('_', ' '):14} {value}" for key, value in fields.items() if value != ""]
    return "\n".join(lines)


def _cosines(bank: BankStatistics) -> str:
    return f"cosines {bank.score_mean:.3f} +- {bank.score_deviation:.3f}"
