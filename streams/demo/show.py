"""What a demo showed, for a person at a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from streams.audit.answers import ended_receipts
from streams.audit.journey import Step
from streams.demo.latency import Latencies, publish_to_action_seconds, seed_live_seconds, summarise
from streams.demo.play import Seen
from streams.demo.quality import Quality, overall
from streams.demo.report import passed, trend_quality
from streams.demo.rules import Rule
from streams.wire.moderation import Receipt


def show(console: Console, seen: Seen) -> None:
    """Print everything that a demo showed.

    Args:
        console: Where to.
        seen: What the demo showed.
    """
    for title, part in (
        ("The way of one video", _way(seen.way)),
        ("Receipts of all shards, last seed of each trend", _receipts(seen)),
        ("Trends against the truth", _trends(seen)),
        ("Dead letters", _letters(seen)),
        ("Waits", _waits(seen)),
        ("Verdict of readers that share nothing with the workers", _verdict(seen)),
    ):
        console.print(Group(Text(f"\n{title}", style="bold"), part))


def _table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    return table


def _way(steps: Sequence[Step]) -> RenderableType:
    if not steps:
        return Text("no video led to an action", style="dim")
    table = _table(
        "topic",
        "partition",
        "offset",
        "bytes",
        "after",
        "what it says",
        numbers=("partition", "offset", "bytes", "after"),
    )
    for step in steps:
        after = f"{(step.at - steps[0].at).total_seconds():.3f} s"
        table.add_row(step.topic, str(step.partition), str(step.offset), f"{step.size_bytes:,}", after, step.what)
    return table


def _receipts(seen: Seen) -> RenderableType:
    last: dict[tuple[str, int], Receipt] = {}
    for receipt, ended in ended_receipts(seen.logs):
        if ended and receipt.seed_id is not None and receipt.shard is not None:
            key = (receipt.trend_id, receipt.shard)
            if key not in last or receipt.source_offset >= last[key].source_offset:
                last[key] = receipt
    numbers = ("shard", "hits", "held", "nearest", "latency")
    table = _table("trend", "seed", "shard", "state", "hits", "held", "nearest", "latency", numbers=numbers)
    for (trend, shard), receipt in sorted(last.items()):
        table.add_row(
            trend,
            receipt.seed_id or "",
            f"{shard + 1}/{receipt.shards}",
            "complete" if receipt.complete else "[yellow]partial[/]",
            str(receipt.hits),
            str(receipt.videos_held),
            f"{receipt.nearest[0].score:.3f}" if receipt.nearest else "-",
            f"{receipt.latency_seconds:.2f} s",
        )
    return table


def _trends(seen: Seen) -> RenderableType:
    numbers = ("seeds", "draft showed", "hits", "right", "positives", "precision", "recall")
    beside = () if seen.beside is None else (f"{seen.beside.suite}'s precision", f"{seen.beside.suite}'s recall")
    table = _table("trend", "judged by", *numbers, *beside, numbers=(*numbers, *beside))
    previews = {one.trend_id: one for one in seen.previews}
    by_trend = trend_quality(seen)
    others = dict(seen.beside.by_trend) if seen.beside else {}
    others["all"] = overall(others.values())
    for trend, quality in [*by_trend.items(), ("all", overall(by_trend.values()))]:
        other = others.get(trend, Quality(0, 0, 0))
        shown = previews.get(trend)
        seeds = seen.plan.seeds.get(trend)
        table.add_row(
            trend,
            _judged_by(seen.book.rule(seen.plan.family(trend))) if seeds else "",
            str(len(seeds)) if seeds else "",
            f"{shown.hits} in {shown.videos_held}" if shown else "",
            str(quality.hits),
            str(quality.true_hits),
            str(quality.positives),
            _share(quality.precision),
            _share(quality.recall),
            *((_share(other.precision), _share(other.recall)) if beside else ()),
        )
    return Group(table, Text(_thresholds(seen), style="dim"))


def _judged_by(rule: Rule) -> str:
    limits: dict[str, float] = {rule.score_kind: rule.threshold}
    if rule.modality_thresholds:
        limits = dict(rule.modality_thresholds.items())
    return f"{' and '.join(f'{name} >= {limit:.3f}' for name, limit in limits.items())}, {rule.seed_pooling} over seeds"


def _thresholds(seen: Seen) -> str:
    """Return where rules come from, how a figure beside was found."""
    said = f"suite {seen.settings.encoders.suite}; thresholds: {seen.book.conditions}"
    if seen.beside is None:
        return said
    return f"{said}\n{seen.beside.suite}: exact search over the same files, thresholds from the same development trends"


def _letters(seen: Seen) -> RenderableType:
    if not seen.verdict.letters:
        return Text("none", style="dim")
    table = _table("source", "video", "stage", "reason", "detail")
    for (topic, partition, offset), letter in sorted(seen.verdict.letters.items()):
        source = f"{topic.rpartition('.')[2]}/{partition}/{offset}"
        table.add_row(source, (letter.key or b"").decode(errors="replace"), letter.stage, letter.reason, letter.detail)
    return table


def _waits(seen: Seen) -> RenderableType:
    table = _table("from ... to", "count", "p50", "p95", numbers=("count", "p50", "p95"))
    for name, latencies in (
        ("seed pushed to the last shard's first receipt", summarise(seed_live_seconds(seen.logs))),
        ("post published to action", summarise(publish_to_action_seconds(seen.verdict.actions))),
    ):
        table.add_row(name, str(latencies.count), *_percentiles(latencies))
    return table


def _verdict(seen: Seen) -> RenderableType:
    verdict = seen.verdict
    directions = [action.direction for action in verdict.actions]
    fates = ", ".join(
        f"{count} {fate.value.replace('_', ' ')}" for fate, count in sorted(verdict.progress.fates.items())
    )
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, text, fine in (
        ("posts", f"{verdict.progress.events}: {fates}", True),
        (
            "actions",
            f"{len(directions)}: {directions.count('backward')} backward, {directions.count('forward')} forward",
            True,
        ),
        ("lost", str(len(verdict.progress.lost)), not verdict.progress.lost),
        ("duplicates", str(len(verdict.duplicates)), not verdict.duplicates),
        (
            "missing",
            f"{len(verdict.missing)} of the {len(verdict.expected)} that the oracle expects",
            not verdict.missing,
        ),
        ("unexpected", str(len(verdict.unexpected)), not verdict.unexpected),
    ):
        table.add_row(name, Text(text, style="" if fine else "bold red"))
    if passed(seen):
        return Group(table, Text("every promise kept", style="bold green"))
    return Group(table, Text(f"NOT KEPT: {seen.unsettled or verdict.text()}", style="bold red"))


def _percentiles(latencies: Latencies) -> list[str]:
    return ["-" if value is None else f"{value:.2f} s" for value in (latencies.p50, latencies.p95)]


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"
