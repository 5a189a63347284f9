"""`ebr explain`: two videos side by side, with what makes them alike."""

from contextlib import ExitStack
from pathlib import Path

import click

from encoders import Modality, Runtime, Suite, load_suite
from encoders.errors import MediaError
from encoders.media import DecodePool
from encoders.samples import Samples
from streams.bootstrap import media_limits
from streams.cli.options import json_option
from streams.cli.output import note, progress, say, say_json, say_table
from streams.cli.posts import caption_of, media_files
from streams.errors import UserError
from streams.explanation.comparison import Likeness, frame_pairs, likeness, nearest
from streams.explanation.negatives import BANK_POSTS, bank_samples
from streams.explanation.picture import Explanation, draw
from streams.explanation.subject import Subject, samples_of_media, subjects
from streams.settings import Settings, load_settings

_PAIRS = 4
# Videos held at once: a whole folder, decoded, might not fit into memory.
_AT_ONCE = 16

_MEDIUM = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("video", type=_MEDIUM)
@click.argument("seed", type=_MEDIUM)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("explanation.png"),
    show_default=True,
    help="The picture to write.",
)
@click.option("--suite", help="Name or folder of the suite of encoders; by default that of EBR_ENCODERS__SUITE.")
@click.option(
    "--negatives",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=f"Folder of videos that are not of the trend; by default {BANK_POSTS} generated posts.",
)
@json_option
def explain(video: Path, seed: Path, out: Path, suite: str | None, negatives: Path | None, as_json: bool) -> None:
    """Show why VIDEO scores as it does beside SEED: frames that match, a score a modality, the nearest negative.

    Both are decoded, encoded and fused as the workers do; STEM.txt beside a file is its caption. The score of a pair of
    frames is that of two clips of one picture each, so it knows nothing of motion.

    \b
    Examples:
      ebr explain video.mp4 seed.mp4
      ebr explain video.mp4 seed.mp4 --negatives harmless/ --out why.png
      ebr explain video.mp4 seed.mp4 --json | jq .modalities.frames
    """
    settings = load_settings()
    loaded = load_suite(suite or settings.encoders.suite, Runtime(settings.encoders.runtime))
    with ExitStack() as stack:
        pool = stack.enter_context(DecodePool(1, media_limits(settings.media)))
        one, other = subjects(loaded, [_read(pool, settings, path) for path in (video, seed)])
        for subject in (one, other):
            if subject.fused is None:
                raise UserError(f"{subject.name} says nothing: {', '.join(subject.missing.values())}")
        if negatives is None:
            negative, of = nearest(one, subjects(loaded, bank_samples())), f"{BANK_POSTS} generated posts"
        else:
            negative, read = _nearest_negative(loaded, pool, settings, negatives, ((video, one), (seed, other)))
            of = f"{read} in {negatives.resolve().name}"
    told = Explanation(
        suite=f"suite {loaded.name}, model {loaded.model_id}",
        video=one,
        seed=other,
        likeness=likeness(one, other),
        pairs=frame_pairs(loaded, one, other, _PAIRS),
        negative=negative,
        negatives=of,
    )
    draw(out, told)
    if as_json:
        say_json(_facts(told, loaded, out))
    else:
        _tell(told, out)


def _read(pool: DecodePool, settings: Settings, path: Path) -> tuple[str, Samples]:
    media = pool.decode(str(path), settings.media.deadline_seconds)
    return path.name, samples_of_media(media, caption_of(path))


def _nearest_negative(
    suite: Suite, pool: DecodePool, settings: Settings, folder: Path, videos: tuple[tuple[Path, Subject], ...]
) -> tuple[tuple[Subject, Likeness] | None, int]:
    """Return what in a folder is nearest to the first of `videos`, with how many were read; these are left out."""
    own = {path.resolve() for path, _ in videos}
    files = [path for path in media_files(folder) if path.resolve() not in own]
    best: list[Subject] = []
    read = 0
    with progress("negatives", len(files)) as advance:
        for start in range(0, len(files), _AT_ONCE):
            named = []
            for path in files[start : start + _AT_ONCE]:
                try:
                    named.append(_read(pool, settings, path))
                except MediaError as error:
                    note(f"{path}: {error}; left out")
                advance(1)
            read += len(named)
            found = nearest(videos[0][1], best + subjects(suite, named))
            best = [found[0]] if found else []
    return nearest(videos[0][1], best), read


def _tell(told: Explanation, out: Path) -> None:
    columns = ["cosine of", told.seed.name]
    likes = [told.likeness]
    if told.negative is not None:
        columns.append(f"nearest negative {told.negative[0].name}")
        likes.append(told.negative[1])
    rows = [(str(m), *(_said(like, m) for like in likes)) for m in Modality]
    say_table(columns, [*rows, ("fused", *(like.fused for like in likes))])
    for pair in told.pairs:
        say(f"frame {pair.video + 1} is like frame {pair.seed + 1} of the seed: {pair.score:.3f}")
    margin = _margin(told)
    if margin is not None:
        say(f"margin to the nearest of {told.negatives}: {margin:.3f}")
    say(f"{told.suite}; picture: {out}")


def _facts(told: Explanation, suite: Suite, out: Path) -> dict[str, object]:
    negative = told.negative
    return {
        "video": told.video.name,
        "seed": told.seed.name,
        "suite": suite.name,
        "model_id": suite.model_id,
        "score": told.likeness.fused,
        "modalities": _modalities(told.likeness),
        "frame_pairs": [{"video": p.video, "seed": p.seed, "score": p.score} for p in told.pairs],
        "negative": None
        if negative is None
        else {
            "name": negative[0].name,
            "score": negative[1].fused,
            "modalities": _modalities(negative[1]),
            "of": told.negatives,
        },
        "margin": _margin(told),
        "picture": str(out),
    }


def _modalities(like: Likeness) -> dict[str, dict[str, object]]:
    said: dict[str, dict[str, object]] = {m.value: {"score": score} for m, score in like.modalities.items()}
    return said | {m.value: {"score": None, "missing": why} for m, why in like.missing.items()}


def _margin(told: Explanation) -> float | None:
    if told.negative is None or told.likeness.fused is None or told.negative[1].fused is None:
        return None
    return round(told.likeness.fused - told.negative[1].fused, 6)


def _said(like: Likeness, modality: Modality) -> float | str:
    return like.modalities.get(modality, like.missing.get(modality, "-"))
