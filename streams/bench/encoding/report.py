"""The figures of a suite as Markdown beside their JSON."""

import msgspec

from encoders.tables import table
from streams.bench.conditions import Conditions
from streams.bench.encoding.figures import EncodeFigures
from streams.bench.goals import Verdict

GOAL = 25
"""Videos a second and core."""

SERVED_BATCH = 16
"""What a worker encodes at once, unless EBR_ENCODERS__BATCH_VIDEOS says otherwise."""

_NAMES = {"torch": "torch, float32", "bf16": "torch, bfloat16", "onnx": "ONNX Runtime, float32"}


class EncodeReport(msgspec.Struct, kw_only=True):
    """All of one run, as JSON holds it."""

    command: str
    conditions: Conditions
    figures: EncodeFigures


def encode_markdown(report: EncodeReport) -> str:
    """Return the report for people."""
    figures = report.figures
    dimensions = ", ".join(f"{modality} {size}" for modality, size in figures.dimensions.items())
    parts = [
        f"`{report.command}`. {report.conditions.sentence()} Suite `{figures.model_id}` ({dimensions}); one thread; "
        f"medians over {figures.rounds} rounds in which the runtimes take turns; {figures.videos} videos of "
        f"{figures.frames} frames, sound and caption; seed {figures.seed}, sha256 `{figures.sha256[:16]}…`.",
    ]
    if figures.untrained:
        parts.append("**Weights drawn at random: no figure of quality below is one of a suite that ships.**")
    if figures.passes:
        parts += [_speeds(figures), _split(figures)]
    if figures.qualities:
        parts.append(_qualities(figures))
    parts += [f"Not measured: {_NAMES.get(name, name)}: {why}." for name, why in figures.refused.items()]
    if figures.passes:
        parts += ["#### Goals", table(("goal", "figure", ""), _goals(figures))]
    return "\n\n".join(parts) + "\n"


def _speeds(figures: EncodeFigures) -> str:
    columns = ["videos a second and core, by batch", *(str(batch) for batch in figures.batches), "by the clock, best"]
    rows = [
        [
            _NAMES.get(runtime, runtime),
            *(f"{figures.speed(runtime, batch):.1f}" for batch in figures.batches),
            f"{figures.clocked(runtime, figures.best(runtime)):.1f}",
        ]
        for runtime in figures.runtimes
    ]
    return table(columns, rows)


def _split(figures: EncodeFigures) -> str:
    batch = _served(figures)
    split = {runtime: figures.parts(runtime, batch) for runtime in figures.runtimes}
    names = list(next(iter(split.values())))
    rows = [
        [_NAMES.get(runtime, runtime), *(f"{1e3 * parts[name]:.2f}" for name in names)]
        for runtime, parts in split.items()
    ]
    read = f"Reading the {figures.frames} JPEGs of a message, before that, takes {1e3 * figures.read_seconds:.2f} ms."
    return table([f"CPU ms a video, batches of {batch}", *names], rows) + f"\n\n{read}"


def _qualities(figures: EncodeFigures) -> str:
    columns = ("quality", "PR-AUC at 6 %", "ROC-AUC", "largest move of a coordinate", "least cosine, fused", "model id")
    rows = [
        (
            _NAMES.get(one.runtime, one.runtime),
            f"{one.pr_auc:.4f}",
            f"{one.roc_auc:.4f}",
            f"{one.moved:.1e}",
            f"{one.least_cosine:.6f}",
            f"`{one.model_id}`",
        )
        for one in figures.qualities
    ]
    said = (
        f"The {figures.trends} development trends at a small size ({figures.posts} posts, {figures.positives} "
        f"positives a trend, {figures.seeds} seeds, {figures.draws} draws, non-copy, fused, nearest seed): it compares "
        f"runtimes, not suites."
    )
    return table(columns, rows) + f"\n\n{said}"


def _goals(figures: EncodeFigures) -> list[tuple[str, str, Verdict]]:
    batch = _served(figures)
    speed = figures.speed("torch", batch)
    served = f"{GOAL} videos a second and core as served (torch, batches of {batch})"
    goals = [(served, f"{speed:.1f}", _met(speed >= GOAL))]
    goals += [
        ("the same vectors by ONNX Runtime within 1e-4", f"{one.moved:.1e}", _met(one.moved <= 1e-4))
        for one in figures.qualities
        if one.runtime == "onnx"
    ]
    return goals


def _served(figures: EncodeFigures) -> int:
    return min(figures.batches, key=lambda batch: abs(batch - SERVED_BATCH))


def _met(met: bool, /) -> Verdict:
    return "met" if met else "missed"
