"""`ebr bench`: how fast, how right, beside what else there is."""

import asyncio
from pathlib import Path

import click
import msgspec

from streams.bench.conditions import conditions
from streams.bench.course import Request, SizeFigures, run
from streams.bench.encoding.request import EncodeRequest
from streams.bench.peers import MILLIONS, PEERS, check_names
from streams.bench.plot import draw
from streams.bench.recipe import Recipe
from streams.bench.report import make_report, markdown
from streams.bench.shard_course import ShardRequest, measure
from streams.bench.shard_report import ShardReport, shard_markdown
from streams.cli.bench_options import command_line, out_option
from streams.cli.bench_trends import trends
from streams.cli.output import note, say
from streams.errors import UserError
from streams.settings import load_settings

_LIBRARIES = (
    "numpy", "hnswlib", "faiss-cpu", "usearch", "lancedb", "chromadb", "milvus-lite", "pymilvus", "qdrant-client",
)  # fmt: skip
_OURS = ("numpy", "hnswlib", "msgspec", "pyarrow")
# From this size on only raw hnswlib and ours are measured.
_A_MILLION = 1_000_000
_LEAST_FRESH, _MOST_FRESH = 400, 4_000


@click.group()
def bench() -> None:
    """Measure the index beside others, a shard under load, trends on a broker, or how fast a suite encodes.

    \b
    Examples:
      ebr bench index --sizes 20000 --peers hnswlib,ours
      ebr bench shard --videos 100000
      ebr bench trends --videos 10000
      ebr bench encode --suite signal
    """


bench.add_command(trends)


@bench.command(name="index")
@click.option("--sizes", default="20000,200000", show_default=True, help="Numbers of vectors, with commas.")
@click.option(
    "--peers",
    default=",".join(PEERS),
    show_default=True,
    help=f"What to compare, with commas; from a million vectors on only {', '.join(MILLIONS)} of them.",
)
@click.option(
    "--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Searches of each; medians count."
)
@click.option("--queries", type=click.IntRange(min=40), default=400, show_default=True, help="Vectors to search for.")
@click.option("--dimension", type=click.IntRange(min=8), default=256, show_default=True, help="Values of a vector.")
@click.option("--m", type=click.IntRange(2, 128), default=16, show_default=True, help="Links a node of every graph.")
@click.option(
    "--ef-construction",
    type=click.IntRange(min=16),
    default=200,
    show_default=True,
    help="Candidates kept while a node of any graph is linked.",
)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Root of all chance.")
@click.option(
    "--limit-seconds",
    type=click.FloatRange(min=1),
    default=1_200.0,
    show_default=True,
    help="Longest single measurement, building for example; what takes longer is reported so.",
)
@out_option
@click.option("--resume", is_flag=True, help="Keep the sizes that an earlier run into --out finished; default off.")
def index(  # noqa: PLR0917  # click passes options by name
    sizes: str,
    peers: str,
    rounds: int,
    queries: int,
    dimension: int,
    m: int,
    ef_construction: int,
    seed: int,
    limit_seconds: float,
    out: Path,
    resume: bool,
) -> None:
    """Compare vector indexes on clustered vectors of which a tenth are copies of viral ones.

    Each index has a process of its own; all take turns, so that none has the machine at a better time. The libraries
    of others are the extra `bench` (pip install .[bench]); what is not installed is reported so.

    \b
    Examples:
      ebr bench index --sizes 20000 --peers hnswlib,ours
      ebr bench index --sizes 20000,200000,1000000 --out var/bench --resume
    """
    names = tuple(peers.split(","))
    check_names(names)
    out.mkdir(parents=True, exist_ok=True)
    done = []
    for size in _numbers("--sizes", sizes, 100):
        request = Request(
            recipe=Recipe(size=size, dimension=dimension, queries=queries, fresh=_fresh(size), seed=seed),
            peers=tuple(name for name in names if name in MILLIONS) if size >= _A_MILLION else names,
            rounds=rounds,
            limit_seconds=limit_seconds,
            m=m,
            ef_construction=ef_construction,
        )
        done.append(_measured(request, out, resume=resume))
        _write(out, done)
    say((out / "index.md").read_text(encoding="utf-8"))


@bench.command(name="shard")
@click.option(
    "--videos", type=click.IntRange(min=200), default=1_000_000, show_default=True, help="Held when seeds are pushed."
)
@click.option(
    "--restored", type=click.IntRange(min=200), default=250_000, show_default=True, help="Held at the snapshot."
)
@click.option("--seeds", default="100,10000,100000", show_default=True, help="Standing seeds, with commas.")
@click.option("--forward", type=click.IntRange(min=1), default=4_096, show_default=True, help="Videos judged by them.")
@click.option("--pushes", type=click.IntRange(min=1), default=40, show_default=True, help="Seeds pushed.")
@click.option("--dimension", type=click.IntRange(min=8), default=256, show_default=True, help="Values of a vector.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Root of all chance.")
@out_option
def shard(  # noqa: PLR0917  # click passes options by name
    videos: int, restored: int, seeds: str, forward: int, pushes: int, dimension: int, seed: int, out: Path
) -> None:
    """Put one shard under load, without Kafka: standing seeds, upkeep, snapshot, restore, seeds pushed.

    The shard is the one that workers run; only the messages are made here, and what it emits goes nowhere.

    \b
    Examples:
      ebr bench shard
      ebr bench shard --videos 100000 --restored 50000 --seeds 100,10000
    """
    request = ShardRequest(
        videos=videos,
        restored=min(restored, videos),
        seeds=tuple(_numbers("--seeds", seeds, 1)),
        forward=forward,
        pushes=pushes,
        dimension=dimension,
        seed=seed,
    )
    out.mkdir(parents=True, exist_ok=True)
    figures = asyncio.run(measure(request, out / "shard", note))
    report = ShardReport(command=command_line(), conditions=conditions(_OURS), figures=figures)
    (out / "shard.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    (out / "shard.md").write_text(shard_markdown(report), encoding="utf-8")
    say(shard_markdown(report))


@bench.command(name="encode")
@click.option("--suite", help="Name or folder of the suite of encoders; by default that of EBR_ENCODERS__SUITE.")
@click.option(
    "--untrained",
    help="Recipes, with commas, whose towers are timed with random weights instead of a suite; none by default.",
)
@click.option("--videos", type=click.IntRange(min=1), default=48, show_default=True, help="Encoded in each pass.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Passes; medians count.")
@click.option(
    "--positives",
    type=click.IntRange(min=8),
    default=14,
    show_default=True,
    help="Of each of the five development trends that quality is measured on.",
)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Root of all chance.")
@out_option
def encode(  # noqa: PLR0917  # click passes options by name
    suite: str | None, untrained: str | None, videos: int, rounds: int, positives: int, seed: int, out: Path
) -> None:
    """Measure how fast a suite encodes on one core, by torch in float32 and bfloat16 and by ONNX Runtime.

    What is timed begins at decoded samples of 8 frames, sound and caption and ends at the fused vector, in batches of 1
    to 32. The quality of each runtime stands beside its speed.

    \b
    Examples:
      ebr bench encode
      ebr bench encode --suite my-suite --rounds 5
      ebr bench encode --untrained frames,audio,text
    """
    from streams.bench.encoding.pages import write_pages  # noqa: PLC0415 - loads torch, which the other verbs need not

    request = EncodeRequest(
        suite=suite or load_settings().encoders.suite,
        untrained=tuple(untrained.split(",")) if untrained else (),
        videos=videos,
        rounds=rounds,
        positives=positives,
        seed=seed,
    )
    out.mkdir(parents=True, exist_ok=True)
    say(write_pages(request, out, command_line(), note))


def _measured(request: Request, out: Path, *, resume: bool) -> SizeFigures:
    file = out / f"figures-{request.recipe.size}.json"
    if resume and file.is_file():
        known = msgspec.json.decode(file.read_bytes(), type=SizeFigures)
        if known.whole and known.answers(request):
            note(f"{known.size:,} vectors: kept")
            return known

    def keep(figures: SizeFigures) -> None:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1))

    return run(request, out / f"data-{request.recipe.size}", note, keep)


def _write(out: Path, sizes: list[SizeFigures]) -> None:
    report = make_report(command_line(), conditions(_LIBRARIES), sizes)
    (out / "index.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    (out / "index.md").write_text(markdown(report), encoding="utf-8")
    draw(out / "index.png", sizes)


def _fresh(size: int) -> int:
    """Return how many rows to insert while it is searched: seconds of them, fewer where there is little else."""
    return max(_LEAST_FRESH, min(_MOST_FRESH, size // 5))


def _numbers(option: str, text: str, least: int) -> list[int]:
    """Return whole numbers out of a list with commas.

    Raises:
        UserError: One of them is none, or too small.
    """
    try:
        numbers = [int(word) for word in text.split(",")]
    except ValueError as error:
        raise UserError(f"{option}: {text} is no list of numbers with commas") from error
    if min(numbers) < least:
        raise UserError(f"{option}: {least} or more")
    return numbers
