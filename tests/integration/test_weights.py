"""A weighted trend on a real broker: its seeds say what counts, whoever is killed, whichever seed leaves."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from encoders import Suite, load_suite
from encoders.embedding import to_unit_float16
from encoders.evaluation import Vectors, Weighted
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Waveform
from streams.audit.oracle import Expected, expected_actions
from streams.client import partition_for
from streams.cohesion import cohesion_weights, stretches_of
from streams.settings import load_settings
from streams.wire.codec import decode_json, decode_msgpack, encode_msgpack
from streams.wire.embedding import VideoEmbedded, pack_vector, unpack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import TrendAdjusted, TrendEvent, Weights
from tests.support.banked_suite import write_banked_suite
from tests.support.commands import Ebr, put, records
from tests.support.media import scene, tune, write_clip
from tests.support.shard_messages import NOW
from tests.support.workers import WorkerProcess, wait_until, worker_environment

_WAIT_SECONDS = 90.0
THRESHOLD = 0.15

# Scene, tune, words: the trend is about a tune, which the third seed does not have.
SEEDS = {
    "a": (1, 7, "red river at night"),
    "b": (2, 7, "my new kitchen"),
    "c": (3, 8, "football season begins"),
}
VIDEOS = {
    "same-tune": (4, 7, "weather tomorrow"),
    "like-c": SEEDS["c"],
    "stranger": (5, 9, "garden tools"),
}


class _Place:
    """An installation whose suite has banks, its workers those that a trend meets."""

    def __init__(self, folder: Path) -> None:
        self.settings, self._folder = load_settings(), folder
        self._file = write_banked_suite(folder / "suite", blocks=True)
        self.suite: Suite = load_suite(str(self._file))

    @contextmanager
    def workers(self) -> Iterator[None]:
        """Run TRENDS, which is killed once between what it told and its acknowledgement, with INDEX."""
        environment = worker_environment(
            self.settings.kafka,
            ENCODERS__SUITE=str(self._file),
            MEDIA__ALLOWED_ROOTS=json.dumps([str(self._folder)]),
            MEDIA__WORKERS="1",
        )
        with WorkerProcess(
            "trends", environment | {"EBR_TEST__KILL_POINT": "trends:after-take"}, self._folder / "t"
        ) as doomed:
            assert doomed._process is not None
            assert doomed._process.wait(_WAIT_SECONDS) == -9, doomed.tail()
        with ExitStack() as stack:
            for role in ("trends", "index"):
                stack.enter_context(WorkerProcess(role, environment, self._folder / role[0]))
            yield

    def vectors(self, made_of: tuple[int, int, str]) -> dict[ModalityName, bytes]:
        """Return what the suite says of a video, as FUSE sends it."""
        number, tune_number, words = made_of
        samples: dict[ModalityName, Sample] = {
            "frames": Frames(tuple(scene(number, at) for at in (0.0, 0.5))),
            "audio": Waveform(tune(tune_number, 1.0)),
            "text": Caption(words),
        }
        found: dict[ModalityName, bytes] = {}
        for name, sample in samples.items():
            [vector] = self.suite.encoders[Modality(name)].encode([sample])
            assert vector is not None
            found[name] = pack_vector(to_unit_float16(vector))
        return found

    def video(self, video_id: str) -> VideoEmbedded:
        """Return one of the videos, embedded."""
        vectors = self.vectors(VIDEOS[video_id])
        fused = self.suite.fusion.fuse({Modality(name): unpack_vector(packed) for name, packed in vectors.items()})
        return VideoEmbedded(
            video_id=video_id, revision=1, model_id=self.suite.model_id, received_at=NOW,
            fused=pack_vector(to_unit_float16(fused)), vectors=vectors,
        )  # fmt: skip

    def publish(self, video: VideoEmbedded) -> None:
        """Put a video where its shard reads."""
        home = partition_for(video.video_id, self.settings.kafka.partitions)
        put(
            Outgoing(
                topic=Topic.VIDEO_EMBEDDINGS, key=video.video_id.encode(), value=encode_msgpack(video), partition=home
            )
        )


def _fanout() -> list[FanoutMessage]:
    """Return what the first shard was told; all are told the same."""
    return [decode_msgpack(r.value, FanoutMessage) for r in records(Topic.TREND_FANOUT) if r.partition == 0]


def _adjusted() -> list[TrendAdjusted]:
    events = [decode_json(r.value, TrendEvent) for r in records(Topic.TREND_SEEDS)]
    return [event for event in events if isinstance(event, TrendAdjusted)]


def _told() -> list[tuple[Weights | None, int]]:
    """Return the weights of each policy that every shard was told, once, with its place in the ledger."""
    shards: dict[int, list[tuple[Weights | None, int]]] = {}
    for record in records(Topic.TREND_FANOUT):
        message = decode_msgpack(record.value, FanoutMessage)
        if isinstance(message, TrendPolicy):
            shards.setdefault(record.partition, []).append((message.weights, message.source_offset))
    assert len({str(told) for told in shards.values()}) <= 1
    return [] if not shards else list({offset: (weights, offset) for weights, offset in shards[0]}.values())


def _actions() -> list[ActionEvent]:
    return [decode_json(r.value, ActionEvent) for r in records(Topic.MODERATION_ACTIONS)]


def _active() -> dict[str, ModerationAction]:
    """Return the actions in force, by video."""
    active: dict[str, ModerationAction] = {}
    for message in _actions():
        if isinstance(message, ModerationAction):
            active[message.video_id] = message
        else:
            del active[message.video_id]
    return active


def _by_the_evaluation(place: _Place, seeds: list[SeedLive], video: VideoEmbedded) -> float:
    """Return the score that the evaluation of trends gives: weights out of the same seeds, the mean over them."""
    posts = [*(seed.vectors for seed in seeds), video.vectors]
    stacked = {Modality(name): np.stack([unpack_vector(post[name]) for post in posts]) for name in video.vectors}
    stretches = place.suite.card.stretches
    rows = {name: Vectors(stacked[one.modality][:, one.start : one.stop]) for name, one in stretches.items()}
    weighted = Weighted(rows, {name: one.bank for name, one in stretches.items()}, "mean")
    return float(weighted(np.arange(len(seeds))[None, :], np.array([len(seeds)]))[0, 0])


def test_the_seeds_of_a_trend_say_what_counts(installed: Ebr, tmp_path: Path) -> None:
    """Said in the ledger, told to every shard, used for every score, worked out anew when a seed leaves."""
    place = _Place(tmp_path)
    declare = f"trend declare tune --threshold {THRESHOLD} --state live --score-kind weighted --seed-pooling mean"
    assert installed(*declare.split())[0] == 0
    for name, (number, tune_number, words) in SEEDS.items():
        write_clip(tmp_path / f"{name}.mp4", number=number, seconds=1.0, sound=tune(tune_number, 1.0))
        assert installed("seed", "add", "tune", str(tmp_path / f"{name}.mp4"), "--caption", words)[0] == 0

    with place.workers():
        wait_until(lambda: bool(_told()) and _told()[-1][0] == _weights(place, "abc"))
        held = [place.video(name) for name in VIDEOS]
        for video in held:
            place.publish(video)
        wait_until(lambda: set(_active()) == {"same-tune", "like-c"})
        first = _active()
        seeds = _seeds("abc")
        for video in held:
            score = _by_the_evaluation(place, seeds, video)
            assert (score >= THRESHOLD) == (video.video_id in first)
            if video.video_id in first:
                assert first[video.video_id].score == pytest.approx(score, abs=1e-6)
                assert first[video.video_id].modalities == ["frames", "audio", "text"]

        shown = json.loads(installed("trend", "list", "--json")[1][0])
        assert shown["weights"] == _weights(place, "abc")
        assert installed("seed", "revoke", "tune", "c", "--reason", "another song")[0] == 0
        wait_until(lambda: _told()[-1][0] == _weights(place, "ab") and set(_active()) == {"same-tune"})

    _check_ledger(place)
    expected = expected_actions(held, _fanout())
    assert expected == {Expected("moderation-actions", "tune", "same-tune", 1, "review")}
    assert _by_the_evaluation(place, _seeds("ab"), held[1]) < THRESHOLD


def _seeds(names: str) -> list[SeedLive]:
    """Return seeds as the shards were told of them."""
    told = {m.seed_id: m for m in _fanout() if isinstance(m, SeedLive)}
    return [told[name] for name in names if name in told]


def _weights(place: _Place, names: str) -> Weights | None:
    """Return the weights that some seeds call for; None while one of them is not live."""
    seeds = [{name: unpack_vector(packed) for name, packed in seed.vectors.items()} for seed in _seeds(names)]
    return dict(cohesion_weights(seeds, stretches_of(place.suite.card))) if len(seeds) == len(names) else None


def _check_ledger(place: _Place) -> None:
    """Check that each change of weights is recorded with its reason, and that what a kill repeated changed nothing."""
    said = _adjusted()
    assert {event.reason.partition(" by ")[0] for event in said} >= {
        "what 3 positive seeds have in common",
        "what 2 positive seeds have in common",
    }
    assert all(place.suite.model_id in event.reason for event in said)
    weights = [weights for weights, _ in _told()]
    assert weights[-1] == said[-1].weights
    assert all(before != after for before, after in pairwise(weights))
