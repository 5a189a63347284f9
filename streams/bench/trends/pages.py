"""One measurement of trends from the first process started to the last page written."""

import asyncio
import shutil
from pathlib import Path

import msgspec

from encoders import Runtime, load_suite
from streams.bench.conditions import conditions
from streams.bench.trends.course import Course, Tell
from streams.bench.trends.figures import TrendsFigures
from streams.bench.trends.plot import draw
from streams.bench.trends.report import TrendsReport, trends_markdown
from streams.bench.trends.request import TrendsRequest
from streams.bench.trends.world import World, make_world, write_posts
from streams.client import create_topics
from streams.demo.cluster import demo_cluster
from streams.demo.workers import running_workers, while_running
from streams.settings import EncoderSettings, Settings

_LIBRARIES = ("numpy", "hnswlib", "msgspec", "aiokafka", "torch", "scikit-learn")


def write_pages(settings: Settings, request: TrendsRequest, out: Path, command: str, tell: Tell) -> str:
    """Measure; write trends.json, trends.md, trends.png into a folder that is there.

    Args:
        settings: Those of the environment; the cluster that they name is used, if they name one.
        request: What.
        out: The folder.
        command: By which it was asked for.
        tell: Told what happens.

    Returns:
        The page in Markdown.

    Raises:
        BenchFailed: something went otherwise than it can be measured.
        StreamsError: the cluster or a worker cannot be used.
    """
    now = conditions(_LIBRARIES)
    world = _world(settings, request, out / f"posts-{request.trends}-{request.seed}", tell)
    figures = TrendsFigures(
        suite=request.suite,
        model_id=world.model_id,
        shards=settings.kafka.partitions,
        videos=request.videos,
        fresh=request.fresh,
        trends=request.trends,
        seed=request.seed,
        sha256=world.sha256,
    )
    given = settings.encoders.model_dump(exclude_unset=True)
    chosen = settings.model_copy(update={"encoders": EncoderSettings(**given | {"suite": request.suite})})
    tell("starting Kafka")
    with demo_cluster(chosen, out / "broker", keep=False) as there:
        asyncio.run(_measure(there, request, world, figures, out, tell))
    report = TrendsReport(command=command, conditions=now, figures=figures)
    (out / "trends.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    (out / "trends.md").write_text(trends_markdown(report), encoding="utf-8")
    draw(out / "trends.png", figures)
    return (out / "trends.md").read_text(encoding="utf-8")


def _world(settings: Settings, request: TrendsRequest, folder: Path, tell: Tell) -> World:
    tell("making posts")
    folder.mkdir(parents=True, exist_ok=True)
    write_posts(request, folder)
    tell(f"encoding them, making {request.videos + request.fresh:,} videos around them")
    return make_world(request, load_suite(request.suite, Runtime(settings.encoders.runtime)), folder)


async def _measure(
    settings: Settings, request: TrendsRequest, world: World, figures: TrendsFigures, out: Path, tell: Tell
) -> None:
    await create_topics(settings)
    data = out / "workers"
    shutil.rmtree(data, ignore_errors=True)
    tell("starting the workers of trends and index")
    with (
        running_workers(settings, [world.folder], data / "trends", "trends") as trends,
        running_workers(settings, [world.folder], data / "index", "index") as index,
    ):
        await asyncio.gather(trends.wait_ready(), index.wait_ready())
        course = Course(settings, request, world, figures, tell)
        await while_running(course.run(index, out), [trends, index])
    for role in ("trends", "index"):
        shutil.rmtree(data / role / "data", ignore_errors=True)
