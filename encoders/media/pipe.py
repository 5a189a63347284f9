"""The words that a decoding process and its keeper exchange: length-prefixed msgpack over two pipes."""

import os
import select
import struct
import time
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from encoders.errors import MediaReason
from encoders.media.decoded import DecodedMedia
from encoders.media.limits import MediaLimits

M = TypeVar("M")

PREFIX = struct.Struct("!I")

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""Longest message that is believed. Eight pictures and ten seconds of sound take half a MiB; a process that a hostile
file has taken over may promise any length."""


class Setup(msgspec.Struct, frozen=True, tag=True):
    """First word to the process: the limits it lays upon itself before it opens any file."""

    limits: MediaLimits


class Ready(msgspec.Struct, frozen=True, tag=True):
    """First word of the process: its limits are in force."""


class Request(msgspec.Struct, frozen=True, tag=True):
    """One file to decode, with the seconds after which the process ends itself, should its keeper be gone."""

    path: str
    seconds: float


class Done(msgspec.Struct, frozen=True, tag=True):
    """The file's samples."""

    media: DecodedMedia


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The file is at fault."""

    reason: MediaReason
    detail: str


Word = Setup | Request
Answer = Ready | Done | Refused


class PipeBroken(Exception):
    """The other side is gone, or speaks what is no message."""


class PipeSlow(Exception):
    """The other side did not answer in time."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the instant so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds until then, at least 0."""
        return max(0.0, self.at - time.monotonic())


def send(fd: int, word: Word | Answer) -> None:
    """Write one message.

    Raises:
        PipeBroken: Nobody reads any more.
    """
    body = msgspec.msgpack.encode(word)
    rest = memoryview(PREFIX.pack(len(body)) + body)
    try:
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError as error:
        raise PipeBroken from error


def receive_word(fd: int) -> Word:
    """Read the keeper's next word, however long it takes.

    Raises:
        PipeBroken: The keeper is gone.
    """
    return _decode(_body(fd, None), _WORDS)


def receive_answer(fd: int, deadline: Deadline) -> Answer:
    """Read the process's next answer.

    Raises:
        PipeSlow: The deadline came first.
        PipeBroken: The process is gone, or wrote what is no answer.
    """
    return _decode(_body(fd, deadline), _ANSWERS)


_WORDS: msgspec.msgpack.Decoder[Word] = msgspec.msgpack.Decoder(Word)
_ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def _decode(body: bytes, decoder: "msgspec.msgpack.Decoder[M]") -> M:
    """Read a message's body."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise PipeBroken from error


def _body(fd: int, deadline: Deadline | None) -> bytes:
    """Read a message without its prefix."""
    (length,) = PREFIX.unpack(_exactly(fd, PREFIX.size, deadline))
    if length > MAX_MESSAGE_BYTES:
        raise PipeBroken(f"a message of {length} bytes")
    return _exactly(fd, length, deadline)


def _exactly(fd: int, length: int, deadline: Deadline | None) -> bytes:
    """Read so many bytes, or fail."""
    out = bytearray()
    while len(out) < length:
        if deadline is not None:
            _wait(fd, deadline)
        try:
            part = os.read(fd, length - len(out))
        except OSError as error:
            raise PipeBroken from error
        if not part:
            raise PipeBroken
        out += part
    return bytes(out)


def _wait(fd: int, deadline: Deadline) -> None:
    """Wait for something to read. `poll`, since `select` fails above descriptor 1023."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    if not poll.poll(deadline.left() * 1_000):
        raise PipeSlow
