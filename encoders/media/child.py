"""The life of a decoding process: lay down limits, then decode what is asked until the keeper is gone."""

import math
import os
import resource
import signal

import av.logging

from encoders.errors import MediaError, MediaReason
from encoders.media.decode import decode_media
from encoders.media.limits import MediaLimits
from encoders.media.pipe import Answer, Done, PipeBroken, Ready, Refused, Request, Setup, receive_word, send

OPEN_FILES = 16
"""Descriptors: three of the process's own, two of the file, some for a module that Python loads late."""

ROOM_BYTES = 32 * 1024 * 1024
"""What the smallest decode takes beside the process itself: pictures of 1080p in and out."""

GRACE_SECONDS = 2
"""How much later than its keeper the process ends itself: only an orphan lives as long."""


def main() -> None:
    """Serve until the keeper closes the pipe; file descriptor 0 brings words, 1 takes answers."""
    words, answers = os.dup(0), os.dup(1)
    _silence()
    try:
        setup = receive_word(words)
        if not isinstance(setup, Setup):
            return
        confine(setup.limits)
        _prove_room()
        send(answers, Ready())
        while True:
            word = receive_word(words)
            if isinstance(word, Request):
                send(answers, _answer(word, setup.limits))
    except PipeBroken:
        return


def confine(limits: MediaLimits) -> None:
    """Lay limits upon this process that it cannot lift again.

    Memory is bounded, no file can be written, no core is dumped; libraries under us say nothing.

    Args:
        limits: Its `memory_bytes` are asked.
    """
    av.logging.set_level(None)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


def _prove_room() -> None:
    """Fail now when the limit of memory leaves no room to decode: a file must not be blamed for a setting.

    Raises:
        MemoryError: Less than `ROOM_BYTES` are left.
    """
    bytearray(ROOM_BYTES)


def _silence() -> None:
    """Point the standard descriptors to nowhere, so that nothing a library prints is taken for an answer."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)


def _answer(request: Request, limits: MediaLimits) -> Answer:
    """Decode one file under a clock that ends this process, not only the decode: the kernel holds it."""
    _wind(request.seconds)
    try:
        return Done(decode_media(request.path, limits))
    except MediaError as error:
        return Refused(error.reason, error.detail)
    except MemoryError:
        return Refused(MediaReason.OUT_OF_MEMORY, f"limit {limits.memory_bytes} bytes")
    finally:
        signal.alarm(0)


def _wind(seconds: float) -> None:
    """Set wall clock and processor clock for one decode; at their end the kernel kills this process."""
    most = math.ceil(seconds) + GRACE_SECONDS
    signal.alarm(most)
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(used.ru_utime + used.ru_stime) + most
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
