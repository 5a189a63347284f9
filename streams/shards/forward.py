"""New videos against all standing seeds: screened together, judged one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from streams.errors import PoisonError
from streams.policy import VectorSet, rows_of
from streams.shards.batch import Input
from streams.shards.dimensions import Dimensions
from streams.shards.emission import Emitted, Trigger
from streams.shards.holdings import Holdings
from streams.shards.judge import judge
from streams.shards.ledger import Ledger
from streams.shards.pairs import Pairs
from streams.shards.standing import Standing
from streams.wire.embedding import VideoEmbedded


@dataclass(frozen=True, slots=True)
class Screened:
    """A video message before it is applied.

    Attributes:
        vectors: Of an embedding, or why it is poison; None for any other input.
        candidates: The trends of which it may be a hit by these vectors.
    """

    vectors: VectorSet | PoisonError | None = None
    candidates: frozenset[str] = frozenset()


class Forward:
    """Judges what a video message changes; reads the state, writes through `Pairs` only."""

    def __init__(
        self, dimensions: Dimensions, holdings: Holdings, standing: Standing, ledger: Ledger, pairs: Pairs
    ) -> None:
        self._dimensions, self._holdings, self._standing = dimensions, holdings, standing
        self._ledger, self._pairs = ledger, pairs

    def screen(self, run: Sequence[Input]) -> list[Screened]:
        """Return for each video message what it holds, with the trends that it may hit.

        Valid until a message of the fan-out is applied. One product of all videos with all standing seeds costs a
        fraction of one a video.

        Args:
            run: Inputs of `video-embeddings`, in order.
        """
        messages = [item.message for item in run]
        vectors = [self._dimensions.examine(m) if isinstance(m, VideoEmbedded) else None for m in messages]
        of_model: dict[str, list[tuple[int, VectorSet]]] = {}
        for place, (message, read) in enumerate(zip(messages, vectors, strict=True)):
            if isinstance(message, VideoEmbedded) and isinstance(read, VectorSet):
                of_model.setdefault(message.model_id, []).append((place, read))
        screened = [Screened(read) for read in vectors]
        for model_id, some in of_model.items():
            found = self._standing.screen.candidates(model_id, rows_of([("", read) for _, read in some]))
            for (place, read), trends in zip(some, found, strict=True):
                screened[place] = Screened(read, frozenset(trends))
        return screened

    def judge(
        self, message: VideoEmbedded | None, video_id: str, screened: Screened, trigger: Trigger, out: list[Emitted]
    ) -> None:
        """Append what a video should have, in order of trends.

        Args:
            message: The embedding that was just applied; None after a delete.
            video_id: The video.
            screened: What `screen` said of it.
            trigger: The message as a cause.
            out: What is emitted.
        """
        trends = self._ledger.trends_of(video_id) | screened.candidates
        held = self._holdings.held.get(video_id)
        for model_id in held.models if held is not None and message is not None else ():
            if message is None or model_id != message.model_id:  # an earlier embedding of the same revision
                trends |= self._standing.screen.candidates(model_id, self._holdings.rows(model_id, [video_id]))[0]
        for trend_id in sorted(trends):
            self._judge_pair(trend_id, video_id, trigger, out)

    def clear_pair(self, trend_id: str, video_id: str, trigger: Trigger, out: list[Emitted]) -> None:
        """Append what a pair should have after a decision, nothing new: what is wanted but not there yet is a sweep's.

        A sweep counts against the trend's bound before it emits.
        """
        self._judge_pair(trend_id, video_id, trigger, out, new=False)

    def _judge_pair(
        self, trend_id: str, video_id: str, trigger: Trigger, out: list[Emitted], *, new: bool = True
    ) -> None:
        """Append what one pair should have; without `new` only what it already has changes."""
        trend = self._standing.trends.get(trend_id)
        if trend is None or trend.policy is None:
            return
        judged = judge(trend, trend.policy, self._holdings.rows(trend.policy.model_id, [video_id]))
        others = () if len(judged.videos) else (video_id,)
        plan = self._pairs.plan(judged, others)
        self._pairs.resolve(judged, plan if new else [p for p in plan if not p.is_new], trigger, out)
