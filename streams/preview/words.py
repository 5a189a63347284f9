"""How whole a preview is, in words."""

from collections.abc import Sequence

from streams.preview.fold import Preview


def state_words(preview: Preview) -> str:
    """Return which shards have answered, in one line; PARTIAL where some have not, or could not judge all."""
    if not preview.shards:
        return "PARTIAL: no shard has answered yet"
    silent = [shard for shard in range(preview.shards) if shard not in preview.answered]
    answered = f"{len(preview.answered)} of {preview.shards} shards have judged {preview.videos_held:,} held videos"
    if not silent:
        left = f"; {preview.not_comparable:,} of them have no vector of its model" if preview.not_comparable else ""
        return f"{answered}{left}" if preview.complete else f"PARTIAL: {answered}{left}"
    behind = [shard for shard in silent if shard in preview.behind]
    waiting = [shard for shard in silent if shard not in preview.behind]
    why = [f"{_names(behind)} only an earlier state of it"] if behind else []
    why += [f"{_names(waiting)} nothing yet"] if waiting else []
    return f"PARTIAL: {answered}; {', '.join(why)}"


def _names(shards: Sequence[int]) -> str:
    numbers = ", ".join(str(shard + 1) for shard in shards)
    return f"shard {numbers}" if len(shards) == 1 else f"shards {numbers}"
