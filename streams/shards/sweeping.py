"""Sweeps at work: each slice judged on what is held then, its differences emitted."""

from collections import Counter
from collections.abc import Mapping, Sequence

from streams.shards.answers import Answer
from streams.shards.brakes import Brakes
from streams.shards.emission import Emitted, Trigger
from streams.shards.holdings import Holdings
from streams.shards.identity import ShardLimits
from streams.shards.judge import Judged, judge
from streams.shards.ledger import Ledger
from streams.shards.pairs import Pairs, Planned, new_hits
from streams.shards.preview import Preview
from streams.shards.standing import Standing
from streams.shards.sweep import Slice, Slices, Sweep


class Sweeping:
    """Begins sweeps, takes them slice by slice."""

    def __init__(
        self, limits: ShardLimits, holdings: Holdings, standing: Standing, ledger: Ledger, pairs: Pairs, brakes: Brakes
    ) -> None:
        self._limits, self._holdings, self._standing = limits, holdings, standing
        self._ledger, self._pairs, self._brakes = ledger, pairs, brakes

    def begin(self, answers: list[Answer], covers: int) -> Sweep:
        """Return a sweep over what is held now; it counts first if some answer has a bound."""
        sweep = Sweep(covers, answers, self._brakes.bounded(answers), self._slices(answers))
        policies = {trend_id: self._standing.trends[trend_id].policy for trend_id in sweep.trend_ids}
        sweep.previews = {t: Preview() for t, policy in policies.items() if policy and policy.state == "draft"}
        return sweep

    def advance(self, sweep: Sweep, fanout: int, trigger: Trigger, out: list[Emitted]) -> list[Answer]:
        """Take one slice of a sweep.

        Args:
            sweep: One that is not done.
            fanout: The next offset of the fan-out.
            trigger: The newest applied message of the fan-out, the cause of what is emitted.
            out: What is emitted.

        Returns:
            The open answers of trends that were braked: they would newly emit too much, which must be durable at once.
        """
        drawn = sweep.slices.draw()
        if drawn is None and sweep.counting:
            sweep.counting, sweep.slices = False, self._slices(sweep.answers)
            return self._braked(sweep.new_hits, fanout)
        if drawn is None:
            sweep.done = True
            return []
        judged = self._judge(sweep, drawn)
        if sweep.counting:
            for one, others in judged:
                counted = sweep.new_hits.setdefault(one.policy.trend_id, Counter())
                counted.update(new_hits(self._pairs.plan(one, others)))
            return []
        plans = {one.policy.trend_id: self._pairs.plan(one, others) for one, others in judged}
        # What came since it was counted (a seed, another rule) is judged too: it must not slip through.
        braked = self._braked({trend_id: new_hits(plan) for trend_id, plan in plans.items()}, fanout)
        if braked:
            plans = {one.policy.trend_id: self._pairs.plan(one, others) for one, others in judged}
        done = self._emit(drawn, [(one, plans[one.policy.trend_id]) for one, _ in judged], trigger, out)
        of_trend = {one.policy.trend_id: one for one, _ in judged}
        for answer in sweep.answers:
            if (found := of_trend.get(answer.message.trend_id)) is not None:
                answer.tally.count(answer.message, found, done)
        for trend_id, preview in sweep.previews.items():
            if trend_id in of_trend:
                preview.count(of_trend[trend_id], done, self._holdings.held, self._ledger)
        sweep.slices.put_back(drawn, done)
        return braked

    def _slices(self, answers: Sequence[Answer]) -> Slices:
        trend_ids = sorted({answer.message.trend_id for answer in answers})
        return Slices(self._holdings, self._standing, self._ledger, trend_ids, self._limits.slice_videos)

    def _judge(self, sweep: Sweep, drawn: Slice) -> list[tuple[Judged, Sequence[str]]]:
        """Return the slice under each trend that it concerns, with what that trend cannot compare."""
        judged = list[tuple[Judged, Sequence[str]]]()
        for trend_id in sweep.trend_ids:
            trend = self._standing.trends.get(trend_id)
            if trend is None or trend.policy is None or drawn.model_id not in (None, trend.policy.model_id):
                continue
            others = [v for v in drawn.others if not self._holdings.has(v, trend.policy.model_id)]
            judged.append((judge(trend, trend.policy, drawn.videos), others))
        return judged

    def _emit(
        self, drawn: Slice, plans: Sequence[tuple[Judged, list[Planned]]], trigger: Trigger, out: list[Emitted]
    ) -> int:
        """Emit the differences, video by video, as many as one slice may; return how many are done."""
        needed: dict[str, list[tuple[Judged, Planned]]] = {}
        for one, plan in plans:
            for planned in plan:
                needed.setdefault(planned.video_id, []).append((one, planned))
        places = {v: place for place, v in enumerate(drawn.video_ids) if v in needed} if needed else {}
        for video_id, place in places.items():
            before = len(out)
            for one, planned in needed[video_id]:
                self._pairs.resolve(one, [planned], trigger, out)
            self._brakes.spend(out[before:])
            if len(out) >= self._limits.slice_records:
                return place + 1
        return len(drawn.video_ids)

    def _braked(self, new: Mapping[str, Counter[str]], fanout: int) -> list[Answer]:
        """Brake the trends that have too many new hits; return their open answers."""
        over = [trend_id for trend_id, hits in sorted(new.items()) if self._brakes.over(trend_id, hits, fanout)]
        return [answer for trend_id in over for answer in self._brakes.open(trend_id)]
