"""One decoding process, kept on a chain: started clean, killed when it is late."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from encoders.errors import DecoderUnavailable, MediaError, MediaReason
from encoders.media.decoded import DecodedMedia
from encoders.media.limits import MediaLimits
from encoders.media.pipe import (
    Deadline,
    Done,
    PipeBroken,
    PipeSlow,
    Ready,
    Refused,
    Request,
    Setup,
    receive_answer,
    send,
)

START_SECONDS = 60.0
"""How long a process may take until it serves: 0.3 s when alone, many times that while all roles start at once."""

_ROOT = str(Path(__file__).resolve().parents[2])
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from encoders.media.child import main; main()"
_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
)


class Keeper:
    """A decoding process and the pipes to it. Not for two threads at once, except `kill`.

    The process is started anew, never forked from this one, which has threads; it inherits no environment, no
    descriptor, no terminal, and finds this package wherever it was imported from.
    """

    def __init__(self, limits: MediaLimits) -> None:
        """Start the process; whether it serves is asked at its first file.

        Args:
            limits: What each decode may cost.

        Raises:
            DecoderUnavailable: The machine cannot start it.
        """
        command = [sys.executable, "-I", "-B", "-c", _PROGRAM, _ROOT]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=_ENVIRONMENT,
                cwd="/",
                close_fds=True,
                start_new_session=True,
            )
        except OSError as error:
            raise DecoderUnavailable(f"cannot start {sys.executable}: {error.strerror}") from error
        self._limits = limits
        self._ready = False
        self.decodes = 0
        with suppress(PipeBroken):
            send(self._to, Setup(limits))

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def _to(self) -> int:
        """The descriptor that the process reads."""
        assert self._process.stdin is not None  # Popen was told PIPE.
        return self._process.stdin.fileno()

    @property
    def _from(self) -> int:
        """The descriptor that the process writes."""
        assert self._process.stdout is not None  # Popen was told PIPE.
        return self._process.stdout.fileno()

    def decode(self, path: str, seconds: float) -> DecodedMedia:
        """Have one file decoded; after any error but a refusal the process is gone.

        Args:
            path: Absolute path of a regular file.
            seconds: Wall time it may take.

        Returns:
            The file's samples.

        Raises:
            MediaError: The file is at fault; `decode_timeout` and `decoder_crashed` are found out here.
            DecoderUnavailable: The process never came up.
        """
        self._await_ready()
        deadline = Deadline.after(seconds)
        self.decodes += 1
        try:
            send(self._to, Request(path, seconds))
            answer = receive_answer(self._from, deadline)
        except PipeSlow as error:
            self.kill()
            raise MediaError(MediaReason.DECODE_TIMEOUT, f"limit {seconds:g} s") from error
        except PipeBroken as error:
            raise self._fallen(seconds) from error
        if isinstance(answer, Refused):
            if answer.reason is MediaReason.OUT_OF_MEMORY:
                self.kill()  # What else lacks memory in there is unknown.
            raise MediaError(answer.reason, answer.detail)
        if not isinstance(answer, Done):
            raise self._fallen(seconds)
        return answer.media

    def _await_ready(self) -> None:
        """Wait until the process has laid down its limits."""
        if self._ready:
            return
        try:
            answer = receive_answer(self._from, Deadline.after(START_SECONDS))
        except (PipeBroken, PipeSlow) as error:
            status = self.kill()
            raise DecoderUnavailable(f"no start, status {status}, memory {self._limits.memory_bytes}") from error
        if not isinstance(answer, Ready):
            self.kill()
            raise DecoderUnavailable("it did not say that it is ready")
        self._ready = True

    def _fallen(self, seconds: float) -> MediaError:
        """Bury the process; tell by its end what the file did to it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)  # The pipe closes a moment before the end is known.
        status = self.kill()
        if status in (-signal.SIGALRM, -signal.SIGXCPU):
            return MediaError(MediaReason.DECODE_TIMEOUT, f"limit {seconds:g} s")
        return MediaError(MediaReason.DECODER_CRASHED, f"status {status}")

    def kill(self) -> int:
        """End the process with all it started, whatever it is doing; return its exit status, negative for a signal."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def close(self) -> None:
        """End the process; close the pipes. Only when no decode is under way."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
