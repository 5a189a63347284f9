"""The vectors of a bank by encoders, with what strangers score by a suite that is there already."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.errors import BadWhitening
from encoders.modality import Modality
from encoders.model_card import SuiteBank
from encoders.protocol import Encoder
from encoders.registry import load_suite
from encoders.runtime import Runtime
from encoders.suite_bank import Vectors, suite_bank, write_suite_bank
from encoders.suite_folders import find_suite
from encoders.training.bank import Bank, in_parts
from encoders.training.errors import ExportError

# Posts that are encoded together: what is in memory at a time.
_PART = 32


def encoded_bank(
    bank: Bank, encoders: Mapping[Modality, Encoder], watch: Callable[[int], None] | None = None
) -> list[Vectors]:
    """Return the vectors of each post of a bank, by present modality.

    Args:
        bank: Its posts are gone through.
        encoders: By modality.
        watch: Called with the number of posts encoded since it was last called.
    """
    out: list[Vectors] = []
    for part in in_parts(bank.posts, _PART):
        found: list[dict[Modality, NDArray[np.float32]]] = [{} for _ in part]
        for modality, encoder in encoders.items():
            having = [place for place, samples in enumerate(part) if modality in samples]
            vectors = encoder.encode([part[place][modality] for place in having])
            for place, vector in zip(having, vectors, strict=True):
                if vector is not None:
                    found[place][modality] = vector
        out += found
        if watch is not None:
            watch(len(part))
    return out


def measure_bank(
    name: str, bank: Bank, runtime: Runtime = Runtime.TORCH, watch: Callable[[int], None] | None = None
) -> tuple[SuiteBank, Path]:
    """Write what strangers score by a suite beside its file; its vectors and its model id stay as they are.

    Args:
        name: Of the suite, as for `load_suite`.
        bank: Whose posts are encoded.
        runtime: What runs shipped towers.
        watch: Called with the number of posts encoded since it was last called.

    Returns:
        The bank with the folder in which it lies.

    Raises:
        ExportError: The suite has no file, or the bank says too little.
        EncodersError: Whatever loading the suite or the bank's posts may raise.
    """
    choice = find_suite(name)
    if choice is None or choice.folder is None:
        raise ExportError(f"{name} has no file beside which a bank could lie")
    suite = load_suite(name, runtime)
    vectors = encoded_bank(bank, suite.encoders, watch)
    try:
        found = suite_bank(suite.card, suite.fusion, vectors, bank.origin.digest)
    except BadWhitening as error:
        raise ExportError(f"{name}: {error.detail}") from error
    write_suite_bank(found, choice.folder)
    return found, choice.folder
