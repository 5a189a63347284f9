"""The order of a tower's aspects, which is that of their blocks, was lost where a card sorted its names."""

from pathlib import Path

import numpy as np
import torch
from msgspec import structs

from encoders.embedding import to_unit
from encoders.modality import Modality
from encoders.model_card import ModelCard, write_card
from encoders.towers.build import build_tower
from encoders.towers.shipped import load_shipped, write_tower
from encoders.training import train
from encoders.training.card import read_run
from encoders.trial import made_up
from tests.support.recipes import TEXT, small

BLOCKS = {"wording": 2, "thing": 4, "intent": 10}


def test_blocks_stay_where_they_were_learned(tmp_path: Path) -> None:
    """Through the card of a run and the folder of a tower: the same vectors; another order is another model."""
    spec = structs.replace(TEXT, aspects=BLOCKS)
    train(small(towers=(spec,), steps=2), tmp_path / "run")

    _, read, tensors = read_run(tmp_path / "run", Modality.TEXT)

    assert list(read.aspects.items()) == list(BLOCKS.items())
    model_id = write_tower(tmp_path, read, tensors)
    write_card(ModelCard(name="x", modality=Modality.TEXT, model_id=model_id, dimension=16, source="shipped"), tmp_path)
    encoder, card = load_shipped(tmp_path)
    assert list(card.aspects.items()) == list(BLOCKS.items())
    tower = build_tower(spec).eval()
    tower.load_state_dict({name: tensor.half() for name, tensor in tensors.items()})
    samples = made_up(Modality.TEXT, 3)
    with torch.inference_mode():
        rows = tower(*tower.collate([array for sample in samples if (array := tower.prepare(sample)) is not None]))
    vectors = [vector for vector in encoder.encode(samples) if vector is not None]
    assert np.allclose(np.stack(vectors), np.stack([to_unit(row) for row in rows.numpy()]), atol=1e-5)
    turned = structs.replace(spec, aspects=dict(reversed(BLOCKS.items())))
    assert write_tower(tmp_path, turned, tensors) != model_id
