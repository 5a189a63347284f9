"""How seeds join a trend, how they leave it."""

from dataclasses import replace

from streams.catalogue.trend import Entry, Seed, Trend
from streams.errors import RefusedError
from streams.wire.trend import SeedAdded, SeedRevoked


def add_seed(trend: Trend, event: SeedAdded, entry: Entry) -> tuple[Trend, Seed]:
    """Return a trend that one more seed has joined, with that seed.

    Raises:
        RefusedError: the trend ended, or the seed's id was taken before.
    """
    if trend.state == "retired":
        raise RefusedError(f"trend {trend.trend_id} is retired, no seed can join it", "$.trend_id")
    taken = trend.seeds.get(event.seed_id)
    if taken is not None:
        how = "in use" if taken.live else "revoked"
        reason = f"{event.seed_id} is {how} in trend {trend.trend_id}, an id is taken once and never returns"
        raise RefusedError(reason, "$.seed_id")
    seed = Seed(
        seed_id=event.seed_id,
        polarity=event.polarity,
        offset=entry.offset,
        video_id=event.video.video_id,
        media_uri=event.video.media_uri,
    )
    return replace(trend, seeds={**trend.seeds, seed.seed_id: seed}, ruled_at=entry.received_at), seed


def revoke_seed(trend: Trend, event: SeedRevoked, entry: Entry) -> Trend:
    """Return a trend that a seed has left for good; a retired trend can still lose seeds.

    Raises:
        RefusedError: the trend has no such live seed.
    """
    seed = trend.seeds.get(event.seed_id)
    if seed is None:
        raise RefusedError(f"trend {trend.trend_id} has no seed {event.seed_id}", "$.seed_id")
    if not seed.live:
        reason = f"{event.seed_id} was revoked before from trend {trend.trend_id}, once is enough"
        raise RefusedError(reason, "$.seed_id")
    left = replace(seed, revoked_at_offset=entry.offset)
    return replace(trend, seeds={**trend.seeds, seed.seed_id: left}, ruled_at=entry.received_at)
