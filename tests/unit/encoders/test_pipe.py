"""Tests of the words between keeper and process."""

import os
from collections.abc import Iterator

import msgspec
import pytest

from encoders.media.pipe import (
    MAX_MESSAGE_BYTES,
    PREFIX,
    Deadline,
    PipeBroken,
    PipeSlow,
    Ready,
    Request,
    receive_answer,
    receive_word,
    send,
)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe: reading, writing."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue  # The test closed it.


def test_words_arrive_as_they_were_sent(pipe: tuple[int, int]) -> None:
    """One after the other."""
    send(pipe[1], Request("a.mp4", 2.0))
    send(pipe[1], Request("b.mp4", 3.0))

    assert receive_word(pipe[0]) == Request("a.mp4", 2.0)
    assert receive_word(pipe[0]) == Request("b.mp4", 3.0)


@pytest.mark.parametrize(
    "data",
    [
        PREFIX.pack(MAX_MESSAGE_BYTES + 1),
        PREFIX.pack(3) + b"\xc1\xc1\xc1",
        PREFIX.pack(6) + msgspec.msgpack.encode("hello"),
        PREFIX.pack(9) + b"cut",
    ],
    ids=["too long", "no msgpack", "no answer", "cut"],
)
def test_a_process_taken_over_can_say_nothing_that_harms(pipe: tuple[int, int], data: bytes) -> None:
    """Whatever bytes come, the keeper sees a broken pipe, never a large buffer or another error."""
    os.write(pipe[1], data)
    os.close(pipe[1])

    with pytest.raises(PipeBroken):
        receive_answer(pipe[0], Deadline.after(5.0))


def test_half_an_answer_is_late(pipe: tuple[int, int]) -> None:
    """A process that stops in the middle of a message meets the same deadline."""
    os.write(pipe[1], PREFIX.pack(100) + b"half")

    with pytest.raises(PipeSlow):
        receive_answer(pipe[0], Deadline.after(0.05))


def test_an_answer_in_time_is_read(pipe: tuple[int, int]) -> None:
    """The deadline passes unseen."""
    send(pipe[1], Ready())

    assert receive_answer(pipe[0], Deadline.after(5.0)) == Ready()


def test_nobody_at_the_other_end(pipe: tuple[int, int]) -> None:
    """Writing to a process that is gone is an error that the keeper knows."""
    os.close(pipe[0])

    with pytest.raises(PipeBroken):
        send(pipe[1], Ready())
