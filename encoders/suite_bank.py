"""The bank of a whole suite: what strangers score by its vectors, in a file beside the suite's own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit
from encoders.errors import BadCard, BadWhitening
from encoders.modality import Modality
from encoders.model_card import SuiteBank, SuiteCard
from encoders.protocol import Fusion
from encoders.whitening import bank_statistics

BANK_FILE = "bank.json"

Vectors = Mapping[Modality, NDArray[np.float32]]
Floats = NDArray[np.float64]


def suite_bank(card: SuiteCard, fusion: Fusion, posts: Sequence[Vectors], data_digest: str) -> SuiteBank:
    """Return what posts that have nothing to do with each other score under a suite.

    Args:
        card: Of the suite.
        fusion: Of the suite.
        posts: Its vectors (d_m,) of each post of a bank by present modality, as they are served.
        data_digest: Of the bank.

    Raises:
        BadWhitening: Fewer than two posts that have every modality and block, or cosines that are all the same.
    """
    fused = np.stack([fusion.fuse(post) for post in posts if post]) if any(posts) else np.empty((0, 1))
    rows = [parts for post in posts if (parts := _parts(card, post)) is not None]
    names = tuple(rows[0]) if rows else ()
    if len(rows) < 2:
        raise BadWhitening(f"a bank needs at least two posts that have all of a suite, got {len(rows)}")
    means, covariances = _moments([np.stack([row[name] for row in rows]) for name in names])
    try:
        return SuiteBank(
            model_id=card.model_id,
            fused=bank_statistics(fused, data_digest),
            size=len(rows),
            parts=names,
            means=tuple(means.tolist()),
            covariances=tuple(tuple(row) for row in covariances.tolist()),
        )
    except BadCard as error:
        raise BadWhitening(error.detail) from error


def write_suite_bank(bank: SuiteBank, folder: Path) -> None:
    """Write a bank as JSON beside the suite's file in a folder; an older one is replaced."""
    (folder / BANK_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(bank), indent=2) + b"\n")


def read_suite_bank(path: Path, model_id: str) -> SuiteBank | None:
    """Return the bank of a suite; None where there is none, or where it is of another suite than this has become.

    Args:
        path: The file.
        model_id: Of the suite.

    Raises:
        BadCard: It cannot be read, or a field is missing or of another type; the message names it.
    """
    try:
        bank = msgspec.json.decode(path.read_bytes(), type=SuiteBank)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise BadCard(f"{path}: {error}") from error
    return bank if bank.model_id == model_id else None


def _parts(card: SuiteCard, post: Vectors) -> dict[str, Floats] | None:
    """Return a post's modalities and blocks at norm 1; None where it lacks one."""
    out: dict[str, Floats] = {}
    for tower in card.towers:
        if tower.modality not in post:
            return None
        vector = np.asarray(post[tower.modality], dtype=np.float64)
        out[tower.modality.value] = vector
        ends = np.cumsum(list(tower.aspects.values()))[:-1]
        blocks = np.split(vector, ends) if tower.aspects else []
        out |= {f"{tower.modality}/{aspect}": block for aspect, block in zip(tower.aspects, blocks, strict=True)}
    if not all(vector.any() for vector in out.values()):
        return None
    return {name: to_unit(vector).astype(np.float64) for name, vector in out.items()}


def _moments(parts: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return means (p,) and covariances (p, p) of the cosines of all pairs of different posts, rounded to 1e-9.

    With unit rows X and Y of two parts, the products of their cosines over all ordered pairs of different posts sum to
    |X^T Y|^2 - n (Frobenius norm), as in `bank_statistics`; no pair is formed.
    """
    count = len(parts[0])
    pairs = count * (count - 1)
    means = np.array([(np.square(rows.sum(axis=0)).sum() - count) / pairs for rows in parts])
    products = np.array([[np.square(left.T @ right).sum() for right in parts] for left in parts])
    return np.round(means, 9), np.round((products - count) / pairs - np.outer(means, means), 9)
