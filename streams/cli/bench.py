"""`ebr bench`: how fast, how right, beside what else there is."""

import shlex
import sys
from pathlib import Path

import click
import msgspec

from streams.bench.conditions import conditions
from streams.bench.course import Request, SizeFigures, run
from streams.bench.peers import MILLIONS, PEERS, check_names
from streams.bench.plot import draw
from streams.bench.recipe import Recipe
from streams.bench.report import make_report, markdown
from streams.cli.output import note, say
from streams.errors import UserError

_LIBRARIES = (
    "numpy", "hnswlib", "faiss-cpu", "usearch", "lancedb", "chromadb", "milvus-lite", "pymilvus", "qdrant-client",
)  # fmt: skip
# From this size on only raw hnswlib and ours are measured.
_A_MILLION = 1_000_000
_LEAST_FRESH, _MOST_FRESH = 400, 4_000


@click.group()
def bench() -> None:
    """Measure the index beside others, or a shard under load.

    \b
    Examples:
      ebr bench index --sizes 20000 --peers hnswlib,ours
      ebr bench shard --videos 100000
    """


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
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/bench"),
    show_default=True,
    help="Folder for data, figures, index.md, index.json, index.png.",
)
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
    for size in _numbers(sizes):
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
    words = [word for word in sys.argv[1:] if word != "--resume"] or ["bench", "index"]
    report = make_report(shlex.join(["ebr", *words]), conditions(_LIBRARIES), sizes)
    (out / "index.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    (out / "index.md").write_text(markdown(report), encoding="utf-8")
    draw(out / "index.png", sizes)


def _fresh(size: int) -> int:
    """Return how many rows to insert while it is searched: seconds of them, fewer where there is little else."""
    return max(_LEAST_FRESH, min(_MOST_FRESH, size // 5))


def _numbers(text: str) -> list[int]:
    """Return whole numbers out of a list with commas.

    Raises:
        UserError: One of them is none, or below 100.
    """
    try:
        numbers = [int(word) for word in text.split(",")]
    except ValueError as error:
        raise UserError(f"--sizes: {text} is no list of numbers with commas") from error
    if min(numbers) < 100:
        raise UserError("--sizes: 100 vectors or more")
    return numbers
