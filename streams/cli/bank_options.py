"""Which background posts a command encodes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from encoders.corpus import CorpusSettings
from streams.cli.options import together
from streams.errors import UserError

if TYPE_CHECKING:
    from encoders.training import Bank

# They give a command `bank`, `bank_media`, `stores` and `seed`.
bank_options = together(
    click.option(
        "--bank",
        type=click.IntRange(min=2),
        default=CorpusSettings().bank,
        show_default=True,
        help="How many posts of background it is taken from.",
    ),
    click.option(
        "--bank-media",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Compose the bank of real media, from the Parquet files of this folder; by default it is generated.",
    ),
    click.option(
        "--bank-store",
        "stores",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        multiple=True,
        help="Take the bank from this store of posts; several are taken from alike; none by default.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=CorpusSettings().seed,
        show_default=True,
        help="Of the bank's chance.",
    ),
)


def drawn_bank(bank: int, bank_media: Path | None, stores: tuple[Path, ...], seed: int) -> "Bank":
    """Return the bank that the options name.

    Raises:
        UserError: They name two.
    """
    from encoders import training  # noqa: PLC0415 - loads torch, for which `ebr --help` would wait

    if stores and bank_media is not None:
        raise UserError("--bank-media and --bank-store are two banks: choose one")
    settings = CorpusSettings(seed=seed, bank=bank)
    if stores:
        return training.stored_bank(stores, bank)
    return training.generated_bank(settings) if bank_media is None else training.media_bank(bank_media, settings)
