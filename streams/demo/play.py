"""One demo from the first process started to the last one ended, with what was seen."""

import asyncio
import fcntl
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from encoders.corpus import ShownSettings
from streams.audit.findings import Findings, findings
from streams.audit.journey import Step, way_of
from streams.audit.logs import Logs, read_logs
from streams.audit.waiting import NotSettled, reading_along
from streams.client import create_topics
from streams.demo.beside import Beside, judge
from streams.demo.cluster import demo_cluster
from streams.demo.corpus import Written, planning
from streams.demo.course import Course, Narrator, Preview
from streams.demo.plan import Plan
from streams.demo.rules import RuleBook
from streams.demo.suite import chosen_rules, rules_of
from streams.demo.workers import Workers, running_workers, while_running
from streams.errors import UserError
from streams.settings import EncoderSettings, Settings
from streams.wire.moderation import ModerationAction


@dataclass(frozen=True, kw_only=True)
class Request:
    """What demo is asked for.

    Attributes:
        out: Folder for all that it writes.
        corpus: Folder of a corpus; None to make one.
        shown: The corpus that is made.
        threshold: Of every trend; None leaves it to rules chosen on development trends.
        beside: The suite whose figures on the same files stand beside; None for none.
        keep: Leave the data of broker and workers behind.
    """

    out: Path
    corpus: Path | None
    shown: ShownSettings
    threshold: float | None
    beside: str | None
    keep: bool

    @property
    def folder(self) -> Path:
        """Of the corpus."""
        return self.corpus or self.out / "corpus"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a demo showed.

    Attributes:
        settings: Where its topics were.
        plan: Of the corpus.
        book: The rules by which trends were declared.
        beside: What another suite makes of the same files; None where none was asked.
        previews: What the drafts' receipts said.
        logs: Everything in the audited topics, read afresh after the last worker had ended.
        verdict: Over them.
        way: Of one video.
        unsettled: What the workers did not do in time; None when they did all.
        seconds: How long it took.
    """

    settings: Settings
    plan: Plan
    book: RuleBook
    beside: Beside | None
    previews: list[Preview]
    logs: Logs
    verdict: Findings
    way: list[Step]
    unsettled: str | None
    seconds: float


def play(settings: Settings, request: Request, narrator: Narrator, written: Written) -> Seen:
    """Play a demo; whatever it started has ended when this returns or raises.

    Args:
        settings: Those of the environment.
        request: What is asked for.
        narrator: Is told how it goes.
        written: Told of each post of a corpus that is made.

    Raises:
        UserError: another demo uses the folder, or the corpus is none.
        DemoFailed: the workers do not run.
        StreamsError: the cluster cannot be used.
    """
    began = time.monotonic()
    with _alone(request.out):
        folder = request.folder
        folder.mkdir(parents=True, exist_ok=True)
        book = chosen_rules(settings.encoders, request.threshold, request.out, narrator.begin)
        with planning(folder, None if request.corpus else request.shown, written) as plan:
            narrator.begin("starting Kafka" if request.corpus else "starting Kafka, writing the corpus")
            with demo_cluster(settings, request.out / "broker", keep=request.keep) as there:
                work = _Work(there, request, narrator, book, began)
                return asyncio.run(work.run(plan))


class _Work:
    def __init__(self, settings: Settings, request: Request, narrator: Narrator, book: RuleBook, began: float) -> None:
        self._settings, self._request, self._narrator = settings, request, narrator
        self._book, self._began = book, began

    async def run(self, planned: Future[Plan]) -> Seen:
        self._narrator.begin("creating topics, starting workers")
        await create_topics(self._settings)
        data = self._request.out / "workers"
        shutil.rmtree(data, ignore_errors=True)
        with running_workers(self._settings, [self._request.folder], data) as workers:
            plan = await asyncio.wrap_future(planned)
            await workers.wait_ready()
            previews, unsettled = await self._course(plan, workers)
            self._narrator.begin("stopping workers")
            await asyncio.to_thread(workers.stop)
        self._narrator.begin("reading all topics again, judging exactly")
        logs = await read_logs(self._settings)
        verdict = await asyncio.to_thread(findings, logs)
        video = _telling(plan, verdict)
        way = await way_of(self._settings, video) if video else []
        if not self._request.keep:
            shutil.rmtree(data / "data", ignore_errors=True)
        beside = await asyncio.to_thread(self._judged_beside, plan)
        return Seen(
            settings=self._settings,
            plan=plan,
            book=self._book,
            beside=beside,
            previews=previews,
            logs=logs,
            verdict=verdict,
            way=way,
            unsettled=unsettled,
            seconds=time.monotonic() - self._began,
        )

    def _judged_beside(self, plan: Plan) -> Beside | None:
        if self._request.beside is None:
            return None
        self._narrator.begin(f"judging the same files with the suite {self._request.beside}")
        encoders = EncoderSettings(suite=self._request.beside)
        return judge(plan, self._request.beside, rules_of(encoders, self._request.out, self._narrator.begin))

    async def _course(self, plan: Plan, workers: Workers) -> tuple[list[Preview], str | None]:
        """Play the course; what is not done in time ends it, but is reported rather than raised."""
        async with reading_along(self._settings) as auditor:
            course = Course(self._settings, plan, auditor, self._narrator)
            try:
                await while_running(course.run(self._book), [workers])
            except NotSettled as error:
                return course.previews, str(error)
            return course.previews, None


def _telling(plan: Plan, verdict: Findings) -> str | None:
    """Return the video whose way tells most: found forward, rightly, by all modalities, with the best score."""

    def rank(action: ModerationAction) -> tuple[bool, bool, int, float]:
        right = action.video_id in plan.positives.get(action.trend_id, set())
        return action.direction == "forward", right, len(action.modalities), action.score

    best = max(verdict.active.values(), key=rank, default=None)
    return best.video_id if best else None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one demo at a time use a folder.

    Raises:
        UserError: another one does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{folder}: another demo uses this folder; --out names another one") from error
        yield
