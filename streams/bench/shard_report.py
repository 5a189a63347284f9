"""The figures of a shard as Markdown beside their JSON."""

from collections.abc import Sequence

import msgspec

from encoders.tables import table
from streams.bench.conditions import Conditions
from streams.bench.goals import Verdict
from streams.bench.shard_figures import Forward, Held, Pause, Pushed, Restored, ShardFigures, quantile
from streams.bench.tables import mebibytes, milliseconds

_PUSH_SECONDS = 1.0
_RESTORE_SECONDS = 10.0
_PAUSE_SECONDS = 0.250
_FUSED_BYTES = 2 * 2**30
_MODALITY_BYTES = 1.6 * 2**30
_A_MILLION = 1_000_000


class ShardReport(msgspec.Struct, kw_only=True):
    """All of one run, as JSON holds it."""

    command: str
    conditions: Conditions
    figures: ShardFigures


def shard_markdown(report: ShardReport) -> str:
    """Return the report for people."""
    figures = report.figures
    parts = [
        f"`{report.command}`. {report.conditions.sentence()} Vectors of {figures.dimension} with {figures.modalities} "
        f"modalities of {figures.dimension}; seed {figures.seed}, sha256 `{figures.sha256[:16]}…`.",
        _forward(figures.forward),
        _held(figures.held),
        _pauses(figures.pauses),
    ]
    parts += [_restored(figures.restored)] if figures.restored else []
    parts += [_pushed(figures.pushed)] if figures.pushed else []
    parts += ["#### Goals", table(("goal", "figure", ""), _goals(figures))]
    return "\n\n".join(parts) + "\n"


def _forward(forward: Sequence[Forward]) -> str:
    columns = ("standing seeds", "trends", "videos/s", "videos/CPU s", "judgements/CPU s", "records emitted", "videos")
    rows = [
        (
            f"{f.seeds:,}",
            f"{f.trends:,}",
            f"{f.videos / f.seconds:,.0f}",
            f"{f.videos / max(1e-9, f.cpu_seconds):,.0f}",
            f"{f.videos * f.seeds / max(1e-9, f.cpu_seconds):,.0f}",
            f"{f.records:,}",
            f"{f.videos:,}",
        )
        for f in forward
    ]
    return table(columns, rows)


def _held(held: Sequence[Held]) -> str:
    columns = (
        "videos held", "take s", "upkeep s", "segments", "nodes", "fused MiB a million", "modalities MiB a million",
        "process MiB a million",
    )  # fmt: skip
    return table(
        columns,
        [
            (
                f"{h.videos:,}",
                f"{h.take_seconds:.1f}",
                f"{h.upkeep_seconds:.1f}",
                f"{h.segments}",
                f"{h.nodes:,}",
                mebibytes(_a_million(h.fused_bytes, h)),
                mebibytes(_a_million(h.modality_bytes, h)),
                mebibytes(_a_million(h.process_bytes, h)),
            )
            for h in held
        ],
    )


def _pauses(pauses: Sequence[Pause]) -> str:
    columns = ("in threads beside the loop", "took s", "longest pause ms", "p99 ms")
    rows = [(p.what, f"{p.seconds:.1f}", milliseconds(p.longest_seconds), milliseconds(p.p99_seconds)) for p in pauses]
    return table(columns, rows)


def _restored(one: Restored) -> str:
    columns = ("videos", "cut s", "write s", "MiB on disk", "read s", "adopt s", "CPU s of both")
    times = (one.cut_seconds, one.write_seconds, one.read_seconds, one.adopt_seconds)
    cut, write, read, adopt = (f"{seconds:.2f}" for seconds in times)
    return table(
        columns, [(f"{one.videos:,}", cut, write, mebibytes(one.disk_bytes), read, adopt, f"{one.cpu_seconds:.2f}")]
    )


def _pushed(pushed: Pushed) -> str:
    columns = ("videos held", "seeds pushed", "first hits p50 ms", "p99 ms", "all hits p50 ms", "p99 ms",
               "CPU ms, p50", "p99", "longest slice ms", "records a push, median", "most")  # fmt: skip
    row = (
        f"{pushed.videos:,}",
        f"{len(pushed.first_seconds)}",
        milliseconds(quantile(pushed.first_seconds, 0.5)),
        milliseconds(quantile(pushed.first_seconds, 0.99)),
        milliseconds(quantile(pushed.all_seconds, 0.5)),
        milliseconds(quantile(pushed.all_seconds, 0.99)),
        milliseconds(quantile(pushed.cpu_seconds, 0.5)),
        milliseconds(quantile(pushed.cpu_seconds, 0.99)),
        milliseconds(pushed.slice_seconds),
        f"{quantile([float(count) for count in pushed.records], 0.5):,.0f}",
        f"{max(pushed.records):,}",
    )
    return table(columns, [row])


def _goals(figures: ShardFigures) -> list[tuple[str, str, Verdict]]:
    goals = []
    if figures.pushed is not None:
        worst = quantile(figures.pushed.all_seconds, 0.99)
        what = f"seed pushed to all hits, p99 within 1 s ({figures.pushed.videos:,} held)"
        cpu = quantile(figures.pushed.cpu_seconds, 0.99)
        goals.append((what, f"{worst:.2f} s ({cpu:.2f} s of CPU)", _met(worst <= _PUSH_SECONDS)))
    if figures.restored is not None:
        seconds = figures.restored.read_seconds + figures.restored.adopt_seconds
        what = f"restored within 10 s ({figures.restored.videos:,} held)"
        text = f"{seconds:.1f} s ({figures.restored.cpu_seconds:.1f} s of CPU)"
        goals.append((what, text, _met(seconds <= _RESTORE_SECONDS)))
    longest = max((p for p in figures.pauses if p.what != "nothing"), key=lambda p: p.longest_seconds, default=None)
    if longest is not None:
        text = f"{milliseconds(longest.longest_seconds)} ms ({longest.what})"
        goals.append(("no pause of the loop beyond 250 ms", text, _met(longest.longest_seconds <= _PAUSE_SECONDS)))
    if figures.held:
        held = figures.held[-1]
        fused, modality = _a_million(held.fused_bytes, held), _a_million(held.modality_bytes, held)
        goals.append(("fused vectors in under 2 GiB a million", _gibibytes(fused), _met(fused < _FUSED_BYTES)))
        text = "modality blocks in under 1.6 GiB a million"
        goals.append((text, _gibibytes(modality), _met(modality < _MODALITY_BYTES)))
    return goals


def _met(met: bool, /) -> Verdict:
    return "met" if met else "missed"


def _gibibytes(count: int) -> str:
    return f"{count / 2**30:.2f} GiB"


def _a_million(count: int, held: Held) -> int:
    return round(count * _A_MILLION / max(1, held.videos))
