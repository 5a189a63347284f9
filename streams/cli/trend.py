"""`ebr trend`: the harmful patterns that moderators follow."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from streams.catalogue import Trend
from streams.cli.cluster import run
from streams.cli.known import known_trend, known_trends, moved_band, score_words
from streams.cli.moderating import write
from streams.cli.options import Sending, json_option, reason_option, sending_options
from streams.cli.output import note, say, say_json, say_table
from streams.cli.policy_options import COSINE, fields_of, policy_options
from streams.cli.verbs import Verbs
from streams.wire.trend import TrendChanged, TrendDeclared

_NULLABLE = ("description", "max_hits", "expires_at", "modality_thresholds", "weights")


# In the order of a trend's life; each is loaded only when it is asked for.
_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "preview": "streams.cli.trend_preview:preview",
        "diff": "streams.cli.trend_apply:diff",
        "apply": "streams.cli.trend_apply:apply",
        "report": "streams.cli.trend_report:report",
        "release": "streams.cli.trend_release:release",
        "retire": "streams.cli.trend_retire:retire",
        "backtest": "streams.cli.trend_backtest:backtest",
        "lineage": "streams.cli.trend_lineage:lineage",
    }
)


@click.group(cls=Verbs, verbs=_VERBS)
def trend() -> None:
    """Declare trends, tune them, retire them."""


@trend.command()
@click.argument("trend_id")
@click.option("--name", help="At most 256 characters; default: the TREND_ID.")
@click.option(
    "--threshold", type=COSINE, required=True, help="Score from which on a video is a hit, from -1 to 1; no default."
)
@policy_options(with_defaults=True)
@sending_options
def declare(
    *,
    trend_id: str,
    name: str | None,
    threshold: float,
    by: str | None,
    sending: Sending,
    **policy: Any,
) -> int:
    """Declare the trend TREND_ID. A draft only answers with receipts: try it with seeds, then change its state.

    \b
    Examples:
      ebr trend declare choking --name Choking --threshold 0.82
      ebr trend declare scam --threshold 0.7 --state live --band 0.7=review --band 0.9=remove --max-hits 5000 --wait
      ebr trend declare hymn --threshold 0.8 --score-kind all --modality-threshold audio=0.8
      ebr trend declare dance --threshold 0.6 --score-kind weighted --seed-pooling mean
      ebr trend declare chant --threshold 0.6 --score-kind weighted --weights audio=1,text=0.5
    """
    fields = {"trend_id": trend_id, "name": name or trend_id, "threshold": threshold, "declared_by": by} | fields_of(
        policy
    )
    fields.setdefault("bands", [{"from_score": threshold, "action": "review"}])
    return write(TrendDeclared, fields, **sending)


@trend.command()
@click.argument("trend_id")
@click.option("--name", help="At most 256 characters; default as it is.")
@click.option("--threshold", type=COSINE, help="Score from which on a video is a hit, from -1 to 1; default as it is.")
@policy_options(with_defaults=False)
@click.option(
    "--clear",
    type=click.Choice(_NULLABLE),
    multiple=True,
    help="Take this field away; may be repeated; none by default.",
)
@click.option(
    "--version",
    type=click.IntRange(2, 2**63 - 1),
    help="Version of the change; default: the current one + 1, looked up.",
)
@reason_option
@sending_options
def change(
    *,
    trend_id: str,
    clear: tuple[str, ...],
    version: int | None,
    reason: str | None,
    by: str | None,
    sending: Sending,
    **policy: Any,
) -> int:
    """Change the trend TREND_ID; what is not named stays as it is.

    \b
    Examples:
      ebr trend change choking --state live --wait
      ebr trend change choking --threshold 0.78 --reason "misses re-encoded copies"
      ebr trend change choking --clear max_hits
      ebr trend change chant --clear weights
    """
    changes = fields_of(policy) | dict.fromkeys(clear)
    if not changes:
        raise click.UsageError("name at least one thing to change")
    if version is None:
        known = known_trend(trend_id)
        version = known.version + 1
        changes |= moved_band(known, changes)
    fields = {"trend_id": trend_id, "version": version, "changed_by": by, "reason": reason} | changes
    return write(TrendChanged, fields, **sending)


@trend.command(name="list")
@click.option("--state", help="Only in this state; all by default.")
@json_option
def list_trends(state: str | None, as_json: bool) -> None:
    """List the trends with the number of their seeds.

    \b
    Examples:
      ebr trend list --state live
      ebr trend list --json | jq .rule.threshold
    """
    found = [
        one for one in sorted(run(known_trends).trends(), key=lambda one: one.trend_id) if state in (None, one.state)
    ]
    if as_json:
        for one in found:
            seeds = {seed.seed_id: seed.polarity for seed in one.seeds.values() if seed.live}
            facts: dict[str, object] = {"state": one.state, "paused": one.paused, "paused_because": one.paused_because}
            say_json(facts | {"bound": one.bound, "seeds": seeds, "weights": one.weights_in_force, "rule": one.rule})
    elif found:
        say_table(("trend", "name", "state", "version", "threshold", "score", "bands", "seeds + / -"), map(_row, found))
        for one in found:
            if one.paused:
                say(f"{one.trend_id} is paused: {one.paused_because}; `ebr trend release {one.trend_id}` lets it go on")
    else:
        note("no trend")


def _row(one: Trend) -> tuple[object, ...]:
    rule, polarities = one.rule, [seed.polarity for seed in one.seeds.values() if seed.live]
    bands = ", ".join(f"{'p' if band.from_score is None else ''}{band.start:g}={band.action}" for band in rule.bands)
    state = f"{one.state}, paused" if one.paused else one.state
    seeds = f"{polarities.count('positive')} / {polarities.count('negative')}"
    return rule.trend_id, rule.name, state, rule.version, rule.threshold, _score(one), bands, seeds


def _score(one: Trend) -> str:
    """Return how a trend scores, with the weights in force."""
    weights = ", ".join(f"{name} {weight:g}" for name, weight in (one.weights_in_force or {}).items())
    pooled = "" if one.rule.seed_pooling == "max" else ", mean of seeds"
    return f"{score_words(one.rule)}{f' ({weights})' if weights else ''}{pooled}"
