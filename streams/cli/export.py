"""`ebr models export`: trained runs become a suite that serves."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click

from encoders import Modality
from encoders.fusion_head import read_head
from encoders.whitening import Axes
from streams.cli.bank_options import bank_options, drawn_bank
from streams.cli.options import json_option
from streams.cli.output import progress, say, say_json
from streams.errors import UserError

T = TypeVar("T")

_NONE = "none"


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--run",
    "runs",
    multiple=True,
    required=True,
    help="MODALITY=FOLDER of the run that trained the tower, one a tower; FOLDER,FOLDER joins towers of several runs.",
)
@click.option(
    "--signal",
    "signal",
    type=click.Choice(tuple(modality.value for modality in Modality)),
    multiple=True,
    help="Put the signal features of this modality beside its trained tower, as a block of their own; none by default.",
)
@click.option("--name", help="Of the suite; by default that of the folder OUT.")
@click.option("--weights", help="Of the fusion, such as frames=0.5,audio=0.2,text=0.3; by default all weigh the same.")
@click.option(
    "--head",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File of a trained fusion instead of weights; none by default.",
)
@click.option(
    "--whitening",
    help=f"Axes of a modality, such as frames=principal,text=none: {', '.join(Axes)} or none; by default coordinates.",
)
@bank_options
@json_option
def export(
    *,
    out: Path,
    runs: tuple[str, ...],
    signal: tuple[str, ...],
    name: str | None,
    weights: str | None,
    head: Path | None,
    whitening: str | None,
    bank: int,
    bank_media: Path | None,
    stores: tuple[Path, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Write a suite into the folder OUT: towers as float16 with cards, whitenings and scores of a bank, suite.toml.

    \b
    Examples:
      ebr models export my-suite --run text=var/training/text
      ebr models export my-suite --run frames=a --run audio=b --run text=c --weights frames=0.5,audio=0.2,text=0.3
      ebr models export my-suite --run frames=drawn,real --run text=c
      ebr models export my-suite --run frames=a --run text=c --signal frames --signal text
      ebr models export my-suite --run frames=a --run text=c --whitening frames=principal --bank-media media
    """
    from encoders import training  # noqa: PLC0415 - loads torch, for which `ebr --help` would wait

    try:
        plan = training.ExportPlan(
            name=out.resolve().name if name is None else name,
            runs=_by_modality("--run", runs, _folders),
            signal=frozenset(Modality(word) for word in signal),
            weights=_by_modality("--weights", _parts(weights), float),
            head=None if head is None else read_head(head),
            whitening=_by_modality("--whitening", _parts(whitening), _axes),
        )
    except training.ExportError as error:
        raise UserError(error.detail) from error
    background = drawn_bank(bank, bank_media, stores, seed)
    with progress("encoding the bank", background.size) as advance:
        card = training.export_suite(plan, background, out, advance)
    if as_json:
        say_json({"folder": str(out), "card": card, "bank": background.size, "bytes": _bytes(out)})
        return
    said = ", ".join(f"{modality} {size}" for modality, size in card.dimensions)
    say(
        f"{card.name}, model {card.model_id}, {card.dimension} dimensions ({said}), {_bytes(out) / 1e6:.1f} MB in {out}"
    )
    say(f"try it with: ebr models check {out}")


def _parts(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(part.strip() for part in text.split(","))


def _by_modality(option: str, parts: tuple[str, ...], read: Callable[[str], T]) -> Mapping[Modality, T]:
    """Read parts such as frames=0.5, each of another modality."""
    out: dict[Modality, T] = {}
    for part in parts:
        word, sign, value = part.partition("=")
        if not sign or not value or word not in tuple(Modality):
            raise UserError(f"{option} must be one of {', '.join(Modality)} with = and a value, got {part!r}")
        if word in out:
            raise UserError(f"{option} says {word} twice")
        try:
            out[Modality(word)] = read(value)
        except ValueError as error:
            raise UserError(f"{option} {part}: {error}") from error
    return out


def _folders(word: str) -> tuple[Path, ...]:
    return tuple(Path(part) for part in word.split(","))


def _axes(word: str) -> Axes | None:
    return None if word == _NONE else Axes(word)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
