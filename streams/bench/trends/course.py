"""The course of a measurement of trends: hold videos, push seeds, look, revoke, rule, hold the truth against it."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from encoders.corpus import Truth
from index import Rows
from streams.bench.errors import BenchFailed
from streams.bench.trends.answers import Answered, Answers, listening
from streams.bench.trends.calibrating import Calibrating
from streams.bench.trends.figures import TrendsFigures, Waits
from streams.bench.trends.messages import declaration, embedded, embedding_record, revocation, seed_event
from streams.bench.trends.previewing import look
from streams.bench.trends.request import DRAFT, TrendsRequest
from streams.bench.trends.truth import Verdict, draft_hits, judge, read_said
from streams.bench.trends.upkeep import cpu_seconds, until_at_rest
from streams.bench.trends.world import World
from streams.client import Producer, make_producer, role_lag, send_all, start_producer
from streams.demo.workers import Workers
from streams.offload import offload
from streams.ready_file import ReadyProcess, read_ready_file
from streams.settings import Settings
from streams.wire.record import Outgoing
from streams.wire.topics import Topic

Tell = Callable[[str], None]

# Stream time of the held videos; fresh ones come at their end, as fast as those came.
_STRETCH = timedelta(days=14)
# Until all videos are held and their graphs built, on a machine that has much else to do.
_HOLD_SECONDS, _REST_SECONDS = 900.0, 900.0
# Until something said is in force: what takes longer is no measurement but a fault.
_FORCE_SECONDS = 120.0
_LOOK_SECONDS = 0.5
_A_SEND = 2_000


class Course:
    """One measurement, workers and topics being there.

    Args:
        settings: Where the topics are.
        request: What is measured.
        world: Posts and videos.
        figures: Filled as it goes on.
        tell: Told what happens.
    """

    def __init__(
        self, settings: Settings, request: TrendsRequest, world: World, figures: TrendsFigures, tell: Tell
    ) -> None:
        self._settings, self._request, self._world = settings, request, world
        self._figures, self._tell = figures, tell
        self._producer: Producer
        self._answers: Answers
        self._index: ReadyProcess
        self._sent_videos = 0
        self._began = datetime.now(UTC) - _STRETCH

    async def run(self, workers: Workers, folder: Path) -> None:
        """Measure everything.

        Args:
            workers: Of the role `index`, ready.
            folder: For what the preview draws.

        Raises:
            BenchFailed: something went otherwise than it can be measured.
        """
        ready = read_ready_file(workers.ready_file)
        if ready is None:
            raise BenchFailed("the index worker is not ready any more")
        self._index = ready["index"]
        self._producer = make_producer(self._settings)
        await start_producer(self._producer, self._settings)
        try:
            async with listening(self._settings) as self._answers:
                await self._hold()
                await self._draft()
                await self._push()
                await self._check("after all pushes", self._world.held)
                await self._look(folder)
                await self._revoke()
                if self._request.decisions:
                    await self._rule()
        finally:
            await self._producer.stop()

    async def _hold(self) -> None:
        self._tell(f"sending {self._request.videos:,} videos")
        self._figures.load.append(os.getloadavg()[0])
        begun = time.perf_counter()
        await self._send_videos(self._world.held)
        await self._until_taken()
        self._figures.load_seconds = time.perf_counter() - begun
        self._tell("waiting until their graphs are built")
        await until_at_rest(self._index, _REST_SECONDS)

    async def _draft(self) -> None:
        """Declare all trends; let the draft have seeds, so that nothing that is measured is anybody's first."""
        self._tell("declaring trends, pushing the seeds of a draft")
        trends = [(DRAFT, "draft"), *((trend_id, "live") for trend_id in self._request.trend_ids)]
        await self._send([declaration(self._request, trend_id, state) for trend_id, state in trends])  # type: ignore[arg-type]  # states
        for trend_id, _ in trends:
            await self._in_force(trend_id, None, -1)
        seeds = self._world.seeds[self._request.trend_ids[0]]
        await self._send([seed_event(self._world, DRAFT, seed) for seed in seeds])
        for seed in seeds:
            await self._in_force(DRAFT, seed.id, -1)
        held = sum(self._answers.census().values())
        if held != self._request.videos:
            raise BenchFailed(f"the shards hold {held} videos, not {self._request.videos}")

    async def _push(self) -> None:
        self._tell(f"pushing {self._request.pushes} seeds, one after the other")
        pushes = self._turns(self._request.pushes)
        events = [(trend_id, seed.id, seed_event(self._world, trend_id, seed)) for trend_id, seed in pushes]
        self._figures.waits.append(await self._waits("seed pushed", events))
        self._figures.load.append(os.getloadavg()[0])

    async def _revoke(self) -> None:
        revokes = self._turns(self._request.pushes // 2)
        self._tell(f"revoking {len(revokes)} seeds, one after the other")
        events = [(trend_id, seed.id, revocation(trend_id, seed)) for trend_id, seed in revokes]
        self._figures.waits.append(await self._waits("seed revoked", events))

    async def _look(self, folder: Path) -> None:
        if not self._request.previews:
            return
        self._tell(f"looking at the draft {self._request.previews} times")
        posts, picture = self._world.folder, folder / "preview.png"
        self._figures.looks = [
            await offload(look, self._settings, DRAFT, posts, picture) for _ in range(self._request.previews)
        ]
        logs = await read_said(self._settings)
        counted = await offload(draft_hits, logs, self._world.held, self._world.model_id, DRAFT)
        self._figures.draft_hits = counted

    async def _rule(self) -> None:
        ruling = Calibrating(self._settings, self._request, self._answers, self._send, self._tell)
        await ruling.decide(await read_said(self._settings))
        self._tell(f"sending {self._request.fresh:,} more videos, of which actions bear probabilities")
        await self._send_videos(self._world.fresh)
        await self._until_taken()
        logs = await read_said(self._settings)
        self._figures.calibrated = ruling.judge(logs)
        await self._check("after revocations, decisions, more videos", [*self._world.held, *self._world.fresh])

    async def _check(self, when: str, videos: Sequence[Rows]) -> None:
        self._tell("judging exactly what should stand")
        logs = await read_said(self._settings)
        verdict: Verdict = await offload(judge, when, logs, videos, self._world.model_id)
        self._figures.verdicts.append(verdict)

    async def _waits(self, what: str, events: Sequence[tuple[str, str, Outgoing]]) -> Waits:
        """Say one thing after the other about seeds; return how long each took to be answered."""
        first, whole, cpu, hits = list[float](), list[float](), list[float](), list[int]()
        for trend_id, seed_id, record in events:
            known, _ = self._answers.newest(trend_id, seed_id)
            begun, worked = time.perf_counter(), cpu_seconds(self._index.pid)
            await self._send([record])
            answered = await self._in_force(trend_id, seed_id, known)
            first.append(max(answered.first.values()) - begun)
            whole.append(max(answered.swept.values()) - begun)
            cpu.append(cpu_seconds(self._index.pid) - worked)
            hits.append(sum(answered.hits.values()))
            await asyncio.sleep(self._request.pause_seconds)
        return Waits(what=what, first_seconds=first, all_seconds=whole, cpu_seconds=cpu, hits=hits)

    async def _in_force(self, trend_id: str, seed_id: str | None, after: int) -> Answered:
        """Return all shards' answers to the first thing said about a trend or seed after an offset."""

        def done(offset: int, answered: Answered) -> bool:
            return offset > after and self._answers.in_force(answered)

        return await self._answers.until(trend_id, seed_id, done, _FORCE_SECONDS)

    async def _send(self, records: Sequence[Outgoing]) -> None:
        await send_all(self._producer, self._settings, records)

    async def _send_videos(self, some: Sequence[Rows]) -> None:
        step = _STRETCH / self._request.videos
        for rows in some:
            first = self._began + self._sent_videos * step
            messages = embedded(rows, self._world.model_id, first, step)
            records = [embedding_record(message, self._settings.kafka.partitions) for message in messages]
            for start in range(0, len(records), _A_SEND):
                await self._send(records[start : start + _A_SEND])
            self._sent_videos += len(rows)
            self._figures.bytes_a_video = rows.fused[0].nbytes + sum(v[0].nbytes for _, v in rows.parts.values())

    async def _until_taken(self) -> None:
        """Return when the shards have taken all videos that were sent.

        Raises:
            BenchFailed: they have not in time.
        """
        try:
            async with asyncio.timeout(_HOLD_SECONDS):
                while await role_lag(self._settings, "index", Topic.VIDEO_EMBEDDINGS):  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError as error:
            raise BenchFailed(f"the shards have not taken all videos within {_HOLD_SECONDS:g} s") from error

    def _turns(self, count: int) -> list[tuple[str, Truth]]:
        """Return so many seeds, trends in turn."""
        turns = [
            (trend_id, seeds[number])
            for number in range(max(len(seeds) for seeds in self._world.seeds.values()))
            for trend_id, seeds in self._world.seeds.items()
            if number < len(seeds)
        ]
        return turns[:count]
