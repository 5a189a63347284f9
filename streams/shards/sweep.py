"""The exact pass that completes what the graph found at once, cut into slices."""

from dataclasses import dataclass, field

from streams.shards.answers import Answer


@dataclass(slots=True)
class Sweep:
    """A pass over videos for the trends of some answers.

    Attributes:
        covers: Next offset of the fan-out when it began: it completes all messages below.
        videos: Ids to judge, in order; videos that come later are judged when they come.
        width: How many of them a slice of the emitting pass judges: fewer after one that was cut, then more again.
        position: How many of them are done in this pass.
        counting: Whether it still counts new hits against the trends' bounds, before it emits.
        new_hits: New hits counted so far, by trend.
    """

    covers: int
    answers: list[Answer]
    videos: list[str]
    counting: bool
    width: int
    position: int = 0
    new_hits: dict[str, int] = field(default_factory=dict)

    @property
    def trend_ids(self) -> list[str]:
        """The trends concerned, each once, in order."""
        return sorted({answer.message.trend_id for answer in self.answers})

    @property
    def done(self) -> bool:
        """Whether every video was judged in the emitting pass."""
        return not self.counting and self.position >= len(self.videos)

    def next_videos(self, limit: int) -> list[str]:
        """Return the ids of the next slice, at most `limit`."""
        width = limit if self.counting else min(self.width, limit)
        return self.videos[self.position : self.position + width]

    def advance(self, done: int, asked: int) -> None:
        """Note that of `asked` videos the first `done` were judged to their end."""
        self.position += done
        self.width = max(1, done) if done < asked else self.width * 2
