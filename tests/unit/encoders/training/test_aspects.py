"""Blocks of features learn each their own aspect, and nothing of the others."""

from pathlib import Path

import pytest
import torch

from encoders.corpus.store import Row, create_store
from encoders.modality import Modality
from encoders.samples import Caption
from encoders.towers.aspects import blocks_of, in_blocks
from encoders.towers.build import build_tower
from encoders.towers.text import TextTowerSpec
from encoders.training.aspects import SCALE, AspectLoss
from encoders.training.config import StoreData
from encoders.training.dataset import Origin, Posts
from encoders.training.errors import CorpusTooSmall, DataMissing
from encoders.training.held_out import held_out_quality
from encoders.training.losses import UNLABELLED, SupCETerm, SupConTerm
from encoders.training.objective import Seen
from encoders.training.stored import stored_posts

BLOCKS = {"shape": 4, "sound": 6, "silent": 2}


def _seen(features: torch.Tensor, **aspects: list[int]) -> Seen:
    labels = torch.zeros(len(features), dtype=torch.int64)
    named = {name: torch.tensor(of) for name, of in aspects.items()}
    return Seen(torch.arange(len(features)), labels, (features,), (features,), None, None, named)


def test_each_block_has_norm_one() -> None:
    """Blocks are cut in order, each of norm 1; without aspects features stay as they are."""
    features = torch.randn(5, 12)
    whole = in_blocks(features, BLOCKS)
    assert torch.allclose(whole[:, :4].norm(dim=1), torch.ones(5))
    assert torch.allclose(whole[:, 4:10], blocks_of(features, BLOCKS)["sound"])
    assert torch.equal(in_blocks(features, {}), features)


@pytest.mark.parametrize("sizes", [{"shape": 4, "sound": 5}, {"shape": 12, "sound": 0}])
def test_blocks_make_up_the_vector(sizes: dict[str, int]) -> None:
    """A tower whose blocks do not fit its dimension is refused with both numbers."""
    with pytest.raises(ValueError, match="sum of its aspects"):
        TextTowerSpec(dimension=12, aspects=sizes)


@pytest.mark.parametrize("term", [SupCETerm(), SupConTerm()])
def test_a_block_learns_its_own_labels_only(term: SupCETerm | SupConTerm) -> None:
    """Gradients reach the block of a labelled aspect, never those of an aspect without labels or without classes."""
    loss = AspectLoss(term, {"shape": 2, "sound": 3}, BLOCKS)
    features = torch.randn(6, 12, requires_grad=True)
    value = loss(_seen(features, shape=[0, 1, 0, 1, 0, 1], sound=[UNLABELLED] * 6))
    value.backward()
    assert features.grad is not None
    assert bool((features.grad[:, :4] != 0).any())
    assert bool((features.grad[:, 4:] == 0).all())


def test_cross_entropy_is_that_of_the_scaled_block() -> None:
    """Against the equation, over the posts that have a label."""
    loss = AspectLoss(SupCETerm(), {"sound": 3}, BLOCKS)
    features = torch.randn(4, 12)
    labels = [2, UNLABELLED, 0, 1]
    head = loss.losses["sound"].get_submodule("classifier")
    assert isinstance(head, torch.nn.Linear)
    block = SCALE * torch.nn.functional.normalize(features[[0, 2, 3], 4:10], dim=1)
    logits = block @ head.weight.T + head.bias
    expected = -torch.log_softmax(logits, 1)[torch.arange(3), torch.tensor([2, 0, 1])].mean()
    assert torch.allclose(loss(_seen(features, sound=labels)), expected, atol=1e-6)
    assert float(loss(_seen(features, sound=[UNLABELLED] * 4))) == 0.0


def _row(number: int, licence: str) -> Row:
    labels = {"thing": f"thing {number % 3}"} if number != 4 else {}
    return Row(
        id=f"p{number}",
        section="bank" if number == 7 else "training",
        role="positive",
        leaf=f"leaf {number % 2}",
        kind="text",
        family="text",
        known=True,
        group=f"p{number}",
        copy=False,
        words=None if number == 5 else f"words {number}",
        licences=(licence,),
        labels=labels,
    )


def test_stores_give_the_labels_of_every_aspect(tmp_path: Path) -> None:
    """Rows of training that say something, with their labels by aspect; licences choose; what is missing is said."""
    store = create_store(tmp_path / "some", [_row(number, "MIT" if number else "GPL-3.0") for number in range(8)], "d")
    for number in range(8):
        store.put(number, {})
    posts, held_out = stored_posts(StoreData(stores=("some",), licences=("MIT",)), [Modality.TEXT], tmp_path)
    assert [posts.samples(place)[Modality.TEXT] for place in range(len(posts))] == [
        Caption(f"words {number}") for number in (1, 2, 3, 4, 6)
    ]
    assert posts.aspects == {"thing": (1, 2, 0, UNLABELLED, 0)}
    assert posts.labels == (1, 0, 1, 0, 0)
    assert posts.classes("thing") == 3
    assert posts.origin.licences == ("MIT",)
    assert len(held_out) == 0
    with pytest.raises(CorpusTooSmall):
        stored_posts(StoreData(stores=("some",), licences=("Unlicense",)), [Modality.TEXT], tmp_path)
    with pytest.raises(DataMissing):
        stored_posts(StoreData(stores=("nowhere",)), [Modality.TEXT], tmp_path)


def test_words_of_labels_stand_beside_the_caption(tmp_path: Path) -> None:
    """A loss that learns from words is told all that others are told by labels, of posts without a caption too."""
    store = create_store(tmp_path / "some", [_row(number, "MIT") for number in range(8)], "d")
    for number in range(8):
        store.put(number, {})
    posts, _ = stored_posts(StoreData(stores=("some",), label_words=True), [Modality.TEXT], tmp_path)
    assert [posts.samples(place)[Modality.TEXT] for place in (0, 4, 5)] == [
        Caption("words 0 thing thing 0"),
        Caption("words 4"),
        Caption("thing thing 2"),
    ]
    assert posts.names == {"thing": ("thing 0", "thing 1", "thing 2")}


def test_posts_held_out_are_not_learned_from(tmp_path: Path) -> None:
    """They are of the same store, with labels of aspects, without leaves; what is learned from decides the digest."""
    store = create_store(tmp_path / "some", [_row(number, "MIT") for number in range(8)], "d")
    for number in range(8):
        store.put(number, {})
    whole, _ = stored_posts(StoreData(stores=("some",)), [Modality.TEXT], tmp_path)
    posts, unseen = stored_posts(StoreData(stores=("some",), held_out=0.25), [Modality.TEXT], tmp_path)
    learned, held = ({part.samples(row)[Modality.TEXT] for row in range(len(part))} for part in (posts, unseen))
    assert held
    assert not learned & held
    assert learned | held == {whole.samples(row)[Modality.TEXT] for row in range(len(whole))}
    assert set(unseen.labels) == {UNLABELLED}
    assert posts.origin.digest != whole.origin.digest


def test_how_well_aspects_are_told_is_measured_on_posts_held_out() -> None:
    """Posts that say the same find each other by any network: all where labels follow the words, none otherwise."""
    tower = build_tower(TextTowerSpec(buckets=512, width=16, hidden=16, dimension=16, aspects={"shape": 8, "mark": 8}))
    aspects = {"shape": [0, 0, 1, 1, 2, 2], "mark": [0, 1, 0, 1, 2, UNLABELLED]}
    words = ["one", "one", "two words", "two words", "and three words", "and three words"]
    posts = Posts(
        [UNLABELLED] * 6,
        lambda row: {Modality.TEXT: Caption(words[row])},
        Origin(source="", digest="", licences=()),
        aspects=aspects,
    )
    assert held_out_quality({Modality.TEXT: tower}, posts) == {"text shape recall@1": 1.0, "text mark recall@1": 0.0}
