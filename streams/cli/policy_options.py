"""The options that describe a trend, with how they become fields of a message."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from streams.declarations import DEFAULTS
from streams.wire.envelope import PART_PATTERN

F = TypeVar("F", bound=Callable[..., object])

STATES = ("draft", "shadow", "live", "retired")
ACTIONS = ("log", "review", "restrict", "remove")
MODALITIES = ("frames", "audio", "text")
COSINE = click.FloatRange(-1, 1)
_WEIGHT = click.FloatRange(0, 1_000)


class BandType(click.ParamType):
    """START=ACTION, where START is a score or p with a probability."""

    name = "START=ACTION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, object]:
        """Return the band as JSON can hold it."""
        if isinstance(value, dict):
            return value
        start, _, action = str(value).partition("=")
        field = "from_probability" if start.startswith("p") else "from_score"
        try:
            number = float(start.removeprefix("p"))
        except ValueError:
            self.fail(f"{value!r} is not START=ACTION, for example 0.9=remove or p0.95=remove", param, ctx)
        if action not in ACTIONS:
            self.fail(f"{action!r} is none of {', '.join(ACTIONS)}", param, ctx)
        return {field: number, "action": action}


class ModalityThresholdType(click.ParamType):
    """MODALITY=COSINE."""

    name = "MODALITY=COSINE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """Return the modality with its threshold."""
        if isinstance(value, tuple):
            return value
        modality, _, number = str(value).partition("=")
        if modality not in MODALITIES:
            self.fail(f"{modality!r} is none of {', '.join(MODALITIES)}", param, ctx)
        return modality, COSINE.convert(number, param, ctx)


class WeightsType(click.ParamType):
    """PART=WEIGHT, several by commas."""

    name = "PART=WEIGHT,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, float]:
        """Return the weight of each named part."""
        if isinstance(value, dict):
            return value
        weights: dict[str, float] = {}
        for part in str(value).split(","):
            name, _, number = part.strip().partition("=")
            if not re.search(PART_PATTERN, name):
                known = ", ".join(MODALITIES)
                self.fail(f"{name!r} is none of {known}, nor a block of one, such as frames/shape", param, ctx)
            if name in weights:
                self.fail(f"{name} is named twice", param, ctx)
            weights[name] = _WEIGHT.convert(number, param, ctx)
        return weights


_SCORE_KINDS = (
    "What is compared: the fused vectors, their modalities by weight, one modality, or all modalities that have a "
    "threshold"
)
_POOLINGS = (
    "How the scores of several positive seeds become one: the best, which finds near copies, or their mean, which asks "
    "for what the seeds have in common"
)

# Name of the option, what it takes, what it means; a field that has no default is none where nobody gives it.
_OPTIONS: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("description", {}, "What it is, at most 10,000 characters"),
    (
        "state",
        {"type": click.Choice(STATES)},
        "Where its actions go: draft nowhere, shadow into shadow-actions, live into moderation-actions",
    ),
    (
        "margin",
        {"type": click.FloatRange(0, 2)},
        "How much higher than that of the best negative seed the score of a hit must be",
    ),
    ("score-kind", {"type": click.Choice(("fused", "weighted", *MODALITIES, "all"))}, _SCORE_KINDS),
    ("seed-pooling", {"type": click.Choice(("max", "mean"))}, _POOLINGS),
    ("max-hits", {"type": click.IntRange(1, 2**53)}, "More hits than so many videos pause the trend"),
    ("on-retire", {"type": click.Choice(("keep", "revoke"))}, "What becomes of its actions when it is retired"),
    ("expires-at", {"type": click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"))}, "When it retires by itself, UTC"),
)


# Of these, what says which videos are hits.
_RULE = ("margin", "score-kind", "seed-pooling")


def policy_options(*, with_defaults: bool, rule_only: bool = False) -> Callable[[F], F]:
    """Return a decorator that adds the options of a trend's policy.

    Args:
        with_defaults: For a new trend; else what is not given stays as it is.
        rule_only: Only what says which videos are hits, and what is proposed for them.
    """

    def decorate(command: F) -> F:
        bands = "0.82=review means from that score on, p0.95=remove from that probability on; may be repeated"
        default_bands = (
            "review from the threshold on"
            if with_defaults
            else "as they are; a first band at the old threshold moves with it"
        )
        command = click.option(
            "--band", "bands", type=BandType(), multiple=True, help=f"{bands}; default {default_bands}."
        )(command)
        thresholds = "Threshold of one modality, which score kind all needs; may be repeated"
        command = click.option(
            "--modality-threshold",
            "modality_thresholds",
            type=ModalityThresholdType(),
            multiple=True,
            help=f"{thresholds}; default {'none' if with_defaults else 'as they are'}.",
        )(command)
        weights = (
            "How much each modality, or block of one, counts under score kind weighted, each from 0 to 1000: "
            "frames=2,audio=0.5 or frames/shape=1,audio/sound=1"
        )
        default_weights = "what the seeds have in common says" if with_defaults else "as they are"
        command = click.option("--weights", type=WeightsType(), help=f"{weights}; default {default_weights}.")(command)
        normalised = "--background-normalised/--no-background-normalised"
        scale = (
            "Scores, thresholds, margin and bands in place of cosines in twentieths of the deviation of background "
            "videos above their mean, so that 0.2 is four deviations under every score kind; the suite needs a bank"
        )
        command = click.option(
            normalised,
            default=DEFAULTS["background_normalised"] if with_defaults else None,
            help=f"{scale}; default {'no' if with_defaults else 'as it is'}.",
        )(command)
        for name, kind, text in reversed(_OPTIONS):
            if rule_only and name not in _RULE:
                continue
            known = DEFAULTS.get(name.replace("-", "_")) if with_defaults else None
            shown = ("none" if known is None else str(known)) if with_defaults else "as it is"
            command = click.option(f"--{name}", default=known, help=f"{text}; default {shown}.", **kind)(command)
        return command

    return decorate


def fields_of(options: Mapping[str, Any]) -> dict[str, object]:
    """Return the fields of a message from the options that were given; those left out are left out."""
    fields: dict[str, object] = {name: value for name, value in options.items() if value is not None and value != ()}
    if "bands" in fields:
        fields["bands"] = sorted(options["bands"], key=_start)
    if "modality_thresholds" in fields:
        fields["modality_thresholds"] = dict(options["modality_thresholds"])
    if isinstance(expires := fields.get("expires_at"), datetime):
        fields["expires_at"] = expires.replace(tzinfo=UTC)
    return fields


def _start(band: Mapping[str, Any]) -> tuple[float, float]:
    return (float("from_probability" in band), band.get("from_score", band.get("from_probability", 0.0)))
