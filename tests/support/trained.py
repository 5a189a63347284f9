"""A run of two steps over three tiny towers, with what is made of it."""

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from encoders.corpus import Section
from encoders.corpus.store import Row, create_store
from encoders.modality import Modality
from encoders.model_card import ModelCard, write_card
from encoders.samples import Samples
from encoders.towers.build import build_tower
from encoders.towers.shipped import write_tower
from encoders.training import Bank, ExportPlan, export_suite, train
from encoders.training.card import read_run
from encoders.training.dataset import Origin
from encoders.trial import made_up
from tests.support.recipes import AUDIO, FRAMES, TEXT, small

WEIGHTS = {Modality.FRAMES: 0.5, Modality.AUDIO: 0.2, Modality.TEXT: 0.3}


@cache
def tiny_run() -> Path:
    """Train once a process; return the folder, which goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="ebr-run-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    train(small(towers=(TEXT, FRAMES, AUDIO), steps=2), folder)
    return folder


def tower_folder(modality: Modality, folder: Path) -> Path:
    """Write a tower of the run with a card of its own into a folder; return the folder."""
    run, spec, tensors = read_run(tiny_run(), modality)
    folder.mkdir(parents=True, exist_ok=True)
    model_id = write_tower(folder, spec, tensors)
    dimension = build_tower(spec).dimension
    write_card(
        ModelCard(name=run.name, modality=modality, model_id=model_id, dimension=dimension, source="shipped"), folder
    )
    return folder


def bank_of(posts: Sequence[Samples]) -> Bank:
    """Return posts as a bank."""
    return Bank(posts=posts, size=len(posts), origin=Origin(source="tests", digest="d" * 64, licences=("CC0-1.0",)))


def made_up_bank(count: int = 24) -> Bank:
    """Return a bank of made-up posts; one of them is without sound and words."""
    columns = [made_up(modality, count) for modality in Modality]
    posts: list[Samples] = [dict(zip(Modality, row, strict=True)) for row in zip(*columns, strict=True)]
    return bank_of([*posts, {Modality.FRAMES: columns[0][0]}])


def made_up_store(folder: Path, section: Section, count: int, *, drawn: bool = True) -> Path:
    """Write a store of made-up posts of one section, drawn or yet to be; return its folder."""
    rows = [
        Row(
            id=f"{folder.name}-{number}",
            section=section,
            role="background",
            leaf=None,
            kind=None,
            family=None,
            known=False,
            group=f"{number}",
            copy=False,
            words=f"some words {number}",
            licences=("CC0-1.0",),
            labels={},
        )
        for number in range(count)
    ]
    store = create_store(folder, rows, folder.name)
    if drawn:
        for number, (seen, heard) in enumerate(
            zip(made_up(Modality.FRAMES, count), made_up(Modality.AUDIO, count), strict=True)
        ):
            store.put(number, {Modality.FRAMES: seen, Modality.AUDIO: heard})
    return folder


def tiny_plan(name: str = "tiny") -> ExportPlan:
    """Return a plan of all three towers."""
    return ExportPlan(name=name, runs={modality: (tiny_run(),) for modality in Modality}, weights=WEIGHTS)


def tiny_suite(out: Path) -> Path:
    """Write a suite of all three towers; return its folder."""
    export_suite(tiny_plan(), made_up_bank(), out)
    return out
