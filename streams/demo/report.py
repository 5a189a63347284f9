"""What a demo showed, as numbers with their conditions."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from streams.audit.findings import Findings
from streams.demo.beside import Beside
from streams.demo.conditions import commit, corpus_digest, machine
from streams.demo.latency import Latencies, publish_to_action_seconds, seed_live_seconds, summarise
from streams.demo.play import Seen
from streams.demo.quality import Quality, overall, quality_by_trend
from streams.wire.codec import encode_json
from streams.wire.topics import Topic

Report = dict[str, object]

# More would only fill the file; the counts are whole.
_EXAMPLES = 20


def make_report(seen: Seen) -> Report:
    """Return the report as JSON can hold it."""
    verdict, plan = seen.verdict, seen.plan
    by_trend = trend_quality(seen)
    whole = overall(by_trend.values())
    directions = Counter(action.direction for action in verdict.actions)
    return {
        "ok": passed(seen),
        "posts": len(plan.posts),
        "trends": len(plan.seeds),
        "seeds": sum(len(seeds) for seeds in plan.seeds.values()),
        "actions": len(verdict.actions),
        "active": len(verdict.active),
        "expected": len(verdict.expected),
        "missing": len(verdict.missing),
        "unexpected": len(verdict.unexpected),
        "lost": len(verdict.progress.lost),
        "duplicates": len(verdict.duplicates),
        "directions": {"backward": directions["backward"], "forward": directions["forward"]},
        "precision": _rounded(whole.precision),
        "recall": _rounded(whole.recall),
        **_latencies("seed_live_seconds", summarise(seed_live_seconds(seen.logs))),
        **_latencies("publish_to_action_seconds", summarise(publish_to_action_seconds(verdict.actions))),
        "dead_letters": len(verdict.letters),
        "dead_letters_by_reason": dict(sorted(Counter(one.reason for one in verdict.letters.values()).items())),
        "fates": {fate.value: count for fate, count in sorted(verdict.progress.fates.items())},
        "unsettled": seen.unsettled,
        "by_trend": _trends(seen, by_trend),
        "beside": _beside(seen.beside),
        "examples": _examples(verdict),
        "parameters": {
            "rules": {trend: msgspec.to_builtins(seen.book.rule(plan.family(trend))) for trend in plan.seeds},
            "rules_chosen_on": seen.book.conditions,
            "partitions": seen.settings.kafka.partitions,
            "suite": seen.settings.encoders.suite,
            "model_id": seen.book.model_id,
            "prefix": seen.settings.kafka.prefix,
            "corpus": plan.folder.name,
            "corpus_sha256": corpus_digest(plan.folder),
        },
        "commit": commit(),
        "machine": machine(),
        "seconds": round(seen.seconds, 1),
    }


def passed(seen: Seen) -> bool:
    """Return whether every promise was kept."""
    return seen.unsettled is None and seen.verdict.clean


def trend_quality(seen: Seen) -> dict[str, Quality]:
    """Return how well the standing actions of each trend agree with the truth."""
    hits = [(e.trend_id, e.video_id) for e in seen.verdict.active if e.topic == Topic.MODERATION_ACTIONS]
    return quality_by_trend(hits, seen.plan.positives)


def write_actions(path: Path, verdict: Findings) -> None:
    """Write every action ever emitted for enforcement, a JSON line each."""
    with path.open("wb") as file:
        file.writelines(encode_json(action) + b"\n" for action in verdict.actions)


def _trends(seen: Seen, by_trend: Mapping[str, Quality]) -> Report:
    previews = {one.trend_id: one for one in seen.previews}
    report: Report = {}
    for trend, quality in by_trend.items():
        preview = previews.get(trend)
        report[trend] = {
            "seeds": len(seen.plan.seeds.get(trend, ())),
            "preview_hits": preview.hits if preview else None,
            "preview_videos": preview.videos_held if preview else None,
            "preview_shards": preview.shards if preview else 0,
            "hits": quality.hits,
            "true_hits": quality.true_hits,
            "positives": quality.positives,
            "precision": _rounded(quality.precision),
            "recall": _rounded(quality.recall),
        }
    return report


def _beside(beside: Beside | None) -> Report | None:
    """Return what another suite makes of the same files."""
    if beside is None:
        return None
    whole = overall(beside.by_trend.values())
    return {
        "suite": beside.suite,
        "model_id": beside.book.model_id,
        "how": "exact search over the same files, rules chosen on the same development trends",
        "precision": _rounded(whole.precision),
        "recall": _rounded(whole.recall),
        "by_trend": {
            trend: {"precision": _rounded(q.precision), "recall": _rounded(q.recall)}
            for trend, q in beside.by_trend.items()
        },
    }


def _examples(verdict: Findings) -> Report:
    return {
        "lost": [list(place) for place in verdict.progress.lost[:_EXAMPLES]],
        "duplicates": [action.action_id for action in verdict.duplicates[:_EXAMPLES]],
        "missing": [f"{e.topic} {e.trend_id} {e.video_id}" for e in verdict.missing[:_EXAMPLES]],
        "unexpected": [f"{e.topic} {e.trend_id} {e.video_id}" for e in verdict.unexpected[:_EXAMPLES]],
    }


def _latencies(name: str, latencies: Latencies) -> Report:
    return {f"{name}_p50": latencies.p50, f"{name}_p95": latencies.p95, f"{name}_count": latencies.count}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
