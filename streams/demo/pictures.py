"""What is shown of the posts: one frame each, decoded as the workers do."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from encoders import MediaError
from encoders.corpus import Truth
from encoders.media import DecodePool, frames_from_jpeg
from streams.demo.plan import Plan
from streams.demo.quality import Quality
from streams.demo.sheet import (
    FALSE_COLOUR,
    HITS_A_SEED,
    SEED_COLOUR,
    TRUE_COLOUR,
    Picture,
    Row,
    Section,
    Tile,
    draw_sheet,
)
from streams.wire.moderation import ModerationAction

# Two cores decode what a sheet shows in seconds.
_PROCESSES = 2
_DEADLINE_SECONDS = 20.0
# More rows make a picture that nobody looks through.
_MOST_SEEDS = 60


def contact_sheet(
    path: Path, plan: Plan, actions: Iterable[ModerationAction], quality: Mapping[str, Quality], note: str
) -> None:
    """Write the picture of every seed with the best of the hits that it explains.

    Args:
        path: The PNG.
        plan: Of the corpus.
        actions: Those that stand.
        quality: Of each trend.
        note: Below the title.
    """
    by_seed: dict[tuple[str, str], list[ModerationAction]] = {}
    for action in sorted(actions, key=lambda a: (-a.score, a.video_id)):
        by_seed.setdefault((action.trend_id, action.seed_id), []).append(action)
    shown = [(trend, seed) for trend, seeds in plan.seeds.items() for seed in seeds][:_MOST_SEEDS]
    posts = {post.id: post for post in plan.posts}
    needed = [seed for _, seed in shown]
    for trend, seed in shown:
        needed += [posts[action.video_id] for action in by_seed.get((trend, seed.id), [])[:HITS_A_SEED]]
    pictures = decode_pictures(plan, needed)
    sections = []
    for trend, q in quality.items():
        rows = [
            _row(plan, seed, by_seed.get((trend, seed.id), []), posts, pictures) for of, seed in shown if of == trend
        ]
        if rows:
            sections.append(Section(title=trend, note=quality_text(q), rows=rows))
    draw_sheet("Each seed with what it found", note, sections).save(path, optimize=True)


def decode_pictures(plan: Plan, posts: Sequence[Truth]) -> dict[str, Picture]:
    """Return a frame from the middle of each post; posts without a readable picture are left out."""
    wanted = {post.id: plan.folder / post.path for post in posts}
    with DecodePool(_PROCESSES) as pool, ThreadPoolExecutor(_PROCESSES) as threads:
        found = threads.map(lambda path: _picture(pool, path), wanted.values())
        return {post: picture for post, picture in zip(wanted, found, strict=True) if picture is not None}


def quality_text(quality: Quality) -> str:
    """Return a quality in words."""
    precision, recall = ("none" if share is None else f"{share:.2f}" for share in (quality.precision, quality.recall))
    return f"{quality.hits} hits: precision {precision}, recall {recall} of {quality.positives}"


def _picture(pool: DecodePool, path: Path) -> Picture | None:
    try:
        jpegs = pool.decode(str(path), _DEADLINE_SECONDS).frames
        return frames_from_jpeg(jpegs[len(jpegs) // 2 :][:1]).images[0] if jpegs else None
    except MediaError:
        return None


def _row(
    plan: Plan,
    seed: Truth,
    hits: Sequence[ModerationAction],
    posts: Mapping[str, Truth],
    pictures: Mapping[str, Picture],
) -> Row:
    tiles = []
    for action in hits[:HITS_A_SEED]:
        true = action.video_id in plan.positives.get(action.trend_id, set())
        post = posts[action.video_id]
        tiles.append(
            Tile(
                picture=pictures.get(post.id),
                head=f"{action.score:.3f}",
                aside=post.id[-16:],
                foot=_kind(post),
                colour=TRUE_COLOUR if true else FALSE_COLOUR,
            )
        )
    head = Tile(
        picture=pictures.get(seed.id), head=seed.id[-18:], foot=seed.caption or "no caption", colour=SEED_COLOUR
    )
    return Row(seed=head, hits=tiles, more=max(0, len(hits) - HITS_A_SEED))


def _kind(post: Truth) -> str:
    return "near copy" if post.copy else post.role.replace("_", " ")
