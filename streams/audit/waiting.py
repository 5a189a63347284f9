"""Waiting until the workers have done all that the topics ask for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from streams.audit.findings import Findings, Progress, findings, progress
from streams.audit.logs import Archive, Logs, follow_all, read_logs
from streams.errors import StreamsError
from streams.settings import Settings

# A look at some thousand records takes a few ms; twice a second is soon enough for a person.
_POLL_SECONDS = 0.5


class NotSettled(StreamsError):
    """The workers have not done in time what the topics ask for."""


Watch = Callable[[Progress], None]


def _nobody(_progress: Progress) -> None:
    """Tell nobody."""


class Auditor:
    """Reads along in every audited topic of one prefix."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def logs(self) -> Logs:
        """Return what was read so far."""
        return self._archive.logs()

    async def wait_for(self, done: Callable[[Logs], str | None], timeout_seconds: float) -> Logs:
        """Return the logs when they are as asked.

        Args:
            done: What is still missing in the logs, in words; None when nothing is.
            timeout_seconds: Longest wait.

        Raises:
            NotSettled: they are not in time; the message says what is missing.
        """
        missing, seen = "nothing was read", -1
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    if len(self._archive) != seen:
                        seen, logs = len(self._archive), self.logs()
                        found = done(logs)
                        if found is None:
                            return logs
                        missing = found
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as error:
            raise NotSettled(f"not settled within {timeout_seconds:g} s: {missing}") from error

    async def settled(self, timeout_seconds: float, watch: Watch = _nobody) -> Logs:
        """Return the logs when every event has an end, every command its receipts of all shards.

        Args:
            timeout_seconds: Longest wait.
            watch: Told how far the workers are, at each look.

        Raises:
            NotSettled: they are not in time; the message says what is missing.
        """

        def done(logs: Logs) -> str | None:
            now = progress(logs)
            watch(now)
            return None if now.settled else now.text()

        return await self.wait_for(done, timeout_seconds)


@asynccontextmanager
async def reading_along(settings: Settings) -> AsyncIterator[Auditor]:
    """Yield an auditor that follows the topics until the context ends.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks a topic.
    """
    archive = Archive(settings)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = follow_all(settings, archive, group)
            yield Auditor(archive)
            for task in tasks:
                task.cancel()
    except BaseExceptionGroup as failed:
        # One reader's failure is the failure; the others were cancelled because of it.
        raise failed.exceptions[0] from None


async def settled(settings: Settings, timeout_seconds: float, watch: Watch = _nobody) -> Findings:
    """Wait until the workers are done, and the actions that stand are what the oracle calls for; return the verdict.

    Args:
        settings: Of the installation.
        timeout_seconds: Longest wait.
        watch: Told how far the workers are, at each look.

    Raises:
        NotSettled: something is missing after that time; the message says what.
        ClusterError: the cluster cannot be reached or refuses.
    """
    # Before the topics are read as far as they are now, there is nothing to be found, and nothing missing.
    there = len(await read_logs(settings))

    def done(logs: Logs) -> str | None:
        if len(logs) < there:
            return f"{there - len(logs)} records are not read yet"
        now = progress(logs)
        watch(now)
        if not now.settled:
            return now.text()
        verdict = findings(logs)
        # Duplicates never heal, so they are not waited for.
        return verdict.text() if verdict.missing or verdict.unexpected else None

    async with reading_along(settings) as auditor:
        return findings(await auditor.wait_for(done, timeout_seconds))
