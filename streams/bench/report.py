"""The comparison of indexes as Markdown tables beside their JSON."""

from collections.abc import Sequence

import msgspec

from encoders.tables import table
from streams.bench.conditions import Conditions
from streams.bench.course import SizeFigures
from streams.bench.curve import FAIR, GOOD, Point, at, at_viral, batch_qps, curve
from streams.bench.figures import PeerFigures
from streams.bench.goals import Goal, goals_of
from streams.bench.tables import cell, mebibytes, milliseconds


class Report(msgspec.Struct, kw_only=True):
    """All of one run, as JSON holds it."""

    command: str
    conditions: Conditions
    sizes: list[SizeFigures]
    goals: list[Goal]


def make_report(command: str, conditions: Conditions, sizes: Sequence[SizeFigures]) -> Report:
    """Return the report with the goals judged."""
    goals = [goal for figures in sizes for goal in goals_of(figures)]
    return Report(command=command, conditions=conditions, sizes=list(sizes), goals=goals)


def markdown(report: Report) -> str:
    """Return the report for people."""
    parts = [f"`{report.command}`. {report.conditions.sentence()}", _GUIDE]
    for figures in report.sizes:
        parts += [_head(figures), *_tables(figures)]
    rows = [(f"{goal.size:,}", goal.goal, goal.figure, goal.verdict) for goal in report.goals]
    parts += ["#### Goals", table(("vectors", "goal", "figure", ""), rows)]
    return "\n\n".join(parts) + "\n"


_GUIDE = """One process an index, one thread where the library lets one choose (*cores* says how many it used), all
taking turns at each width; each query counts with its median over the rounds; one query a call, and 64 in one for
*QPS, 64 a call*. QPS stands at the first width whose recall reaches the bound: nothing is interpolated. An id is right
if its exact score reaches that of the tenth neighbor, since copies tie. *Rows/s* counts until the graph is finished,
with as many indexes building at a time as there are cores; *rows/CPU s* is what a core of its own would do; memory is
what the process holds beyond what it held before (files that are mapped do not count)."""


def _head(figures: SizeFigures) -> str:
    return (
        f"### {figures.size:,} vectors of {figures.dimension}\n\n"
        f"{figures.queries} queries, a quarter near viral vectors; seed {figures.seed}, "
        f"sha256 `{figures.sha256[:16]}…`; {figures.rounds} rounds; "
        f"graphs with m {figures.m}, ef_construction {figures.ef_construction}."
    )


def _tables(figures: SizeFigures) -> list[str]:
    graphs = [peer for peer in figures.peers if not peer.exact and peer.built]
    flat = [peer for peer in figures.peers if peer.exact and peer.built]
    parts = []
    for title, peers in (("Indexes with a graph", graphs), ("Indexes that look at every vector", flat)):
        if peers:
            parts += [
                f"#### {title}",
                _searches(peers),
                _ranges(peers),
                _lives(peers),
                "\n".join(f"* {peer.name}: {peer.index_type}; {peer.version}. {peer.note}".rstrip() for peer in peers),
            ]
    errors = [(peer.name, what, error) for peer in figures.peers for what, error in peer.errors.items()]
    if errors:
        parts += ["#### Not measured", table(("index", "measurement", "why"), errors)]
    return parts


def _searches(peers: Sequence[PeerFigures]) -> str:
    columns = (
        "index", "rows/s", "rows/CPU s", "memory MiB", "QPS ≥ 0.95", "QPS ≥ 0.98", "ef, recall there", "p99 ms",
        "QPS, 64 a call", "viral QPS ≥ 0.98", "highest recall", "near viral", "cores",
    )  # fmt: skip
    return table(columns, [_search_row(peer) for peer in peers])


def _search_row(peer: PeerFigures) -> Sequence[str]:
    built, good, points = peer.built, at(peer, GOOD), curve(peer)
    assert built is not None
    viral = at_viral(peer, GOOD)
    return (
        peer.name,
        cell(built.rows / max(1e-9, built.insert_seconds + built.upkeep_seconds), "{:,.0f}"),
        cell(built.rows / max(1e-9, built.cpu_seconds), "{:,.0f}"),
        mebibytes(built.memory_bytes),
        _qps(at(peer, FAIR)),
        _qps(good),
        "-" if good is None else f"{good.ef or 'all'}, {good.recall:.4f}",
        "-" if good is None else milliseconds(good.p99_seconds),
        cell(batch_qps(peer), "{:,.0f}"),
        "-" if viral is None else f"{viral.viral_qps:,.0f}",
        cell(max((point.recall for point in points), default=None), "{:.4f}"),
        cell(max((point.viral_recall for point in points), default=None), "{:.4f}"),
        cell(good.cores if good else None, "{:.1f}"),
    )


def _ranges(peers: Sequence[PeerFigures]) -> str:
    columns = ("index", "range ≥ 0.8: share found", "p50 ms", "p99 ms", "after sweep", "sweep ms")
    rows = [
        (
            peer.name,
            cell(r.recall, "{:.4f}"),
            milliseconds(r.p50_seconds),
            milliseconds(r.p99_seconds),
            cell(r.sweep_recall, "{:.4f}"),
            milliseconds(r.sweep_seconds),
        )
        for peer in peers
        if (r := peer.ranged) is not None
    ]
    return table(columns, rows)


def _lives(peers: Sequence[PeerFigures]) -> str:
    columns = (
        "index", "recall, a tenth removed", "removed keys returned", "save s", "open s", "MiB on disk",
        "returned after opening", "inserting beside: rows/s", "search p50 ms", "search p99 ms", "recall",
        "insert to visible p50 ms", "p99 ms", "never seen of 300",
    )  # fmt: skip
    return table(columns, [_life_row(peer) for peer in peers])


def _life_row(peer: PeerFigures) -> Sequence[str]:
    removed, files, beside = peer.removed, peer.reopened, peer.inserting
    return (
        peer.name,
        cell(removed.recall if removed else None, "{:.4f}"),
        cell(removed.resurrected if removed else None, "{}"),
        cell(files.save_seconds if files else None, "{:.2f}"),
        cell(files.open_seconds if files else None, "{:.2f}"),
        mebibytes(files.disk_bytes if files else None),
        cell(files.resurrected if files and removed else None, "{}"),
        cell(beside.rows_per_second if beside else None, "{:,.0f}"),
        milliseconds(beside.p50_seconds if beside else None),
        milliseconds(beside.p99_seconds if beside else None),
        cell(beside.recall if beside else None, "{:.4f}"),
        milliseconds(beside.visible_p50_seconds if beside else None),
        milliseconds(beside.visible_p99_seconds if beside else None),
        cell(beside.invisible if beside else None, "{}"),
    )


def _qps(point: Point | None) -> str:
    return "-" if point is None else f"{point.qps:,.0f}"
