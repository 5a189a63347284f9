"""Tests of the memory queue: what it holds, what leaves it, that a checkpoint can carry it."""

import pytest
import torch

from encoders.training.errors import LossInputError, OutOfRange
from encoders.training.queue import MemoryQueue


def numbered(*values: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Make vectors and labels that can be told apart."""
    labels = torch.tensor(values, dtype=torch.int64)
    return torch.stack([labels, -labels], dim=1).float(), labels


def held(queue: MemoryQueue) -> set[int]:
    """Return the labels of what is kept, having checked that vectors belong to them."""
    vectors, labels = queue.held()
    assert torch.equal(vectors[:, 0], labels.float())
    assert len(vectors) == len(queue)
    return set(labels.tolist())


def test_the_oldest_leave_first() -> None:
    """As a list that is cut would do it, whatever the sizes of the batches."""
    queue = MemoryQueue(5, 2)
    expected: list[int] = []

    for batch in ([1, 2], [3], [4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14], [], [15]):
        queue.push(*numbered(*batch))
        expected = (expected + batch)[-5:]
        assert held(queue) == set(expected)


def test_what_is_kept_takes_no_gradient_and_is_a_copy() -> None:
    """A later push must not change a graph that is not yet walked back."""
    queue = MemoryQueue(2, 2)
    vectors, labels = numbered(1, 2)
    queue.push(vectors.requires_grad_(), labels)

    kept, _ = queue.held()
    queue.push(*numbered(3, 4))

    assert not kept.requires_grad
    assert kept[:, 0].tolist() == [1.0, 2.0]


def test_a_checkpoint_carries_it() -> None:
    """Its place in the ring too."""
    queue, restored = MemoryQueue(5, 2), MemoryQueue(5, 2)
    queue.push(*numbered(1, 2, 3, 4, 5, 6, 7))

    restored.load_state_dict(queue.state_dict())
    restored.push(*numbered(8))

    assert held(restored) == {4, 5, 6, 7, 8}


def test_what_does_not_fit_is_refused() -> None:
    """By shape, by size."""
    with pytest.raises(LossInputError):
        MemoryQueue(5, 3).push(*numbered(1))
    with pytest.raises(OutOfRange, match="queue must be at least 1"):
        MemoryQueue(0, 2)
