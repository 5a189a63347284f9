"""What is measured of a suite, as JSON holds it."""

from statistics import median

import msgspec


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """All videos once, or as many as a pass has time for.

    Attributes:
        runtime: What ran the networks.
        batch: Videos encoded at once.
        videos: How many were encoded.
        seconds: By the clock.
        cpu_seconds: Of the process.
        parts: CPU seconds of each encoder, preparing with it, then of fusion.
    """

    runtime: str
    batch: int
    videos: int
    seconds: float
    cpu_seconds: float
    parts: dict[str, float]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How well one runtime finds the development trends.

    Attributes:
        model_id: Of its vectors.
        pr_auc: Average precision at 6 %, macro mean over trends, non-copy.
        roc_auc: Likewise.
        moved: Largest difference of a coordinate from torch in float32, any modality, before rounding to float16.
        least_cosine: Between a fused vector and that of torch in float32.
    """

    runtime: str
    model_id: str
    pr_auc: float
    roc_auc: float
    moved: float
    least_cosine: float


class EncodeFigures(msgspec.Struct, kw_only=True):
    """All figures of one run with what determines them.

    Attributes:
        untrained: Whether the towers were drawn at random: then only speed means anything.
        dimensions: Of the vectors of each modality.
        sha256: Of the samples that were encoded.
        videos: In each pass, each with frames, sound and words.
        frames: Pictures of each.
        posts: That quality was measured on; `positives` of each of `trends`, `seeds` of them pushed, in `draws` draws.
        read_seconds: CPU seconds to read the pictures of one video back from JPEG, which ENCODE does before.
        refused: Runtimes that the suite does not take, with why.
    """

    suite: str
    model_id: str
    untrained: bool
    dimensions: dict[str, int]
    sha256: str
    videos: int
    frames: int
    rounds: int
    batches: list[int]
    seed: int
    posts: int
    trends: int
    positives: int
    seeds: int
    draws: int
    read_seconds: float = 0.0
    passes: list[Pass] = msgspec.field(default_factory=list)
    qualities: list[Quality] = msgspec.field(default_factory=list)
    refused: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def runtimes(self) -> list[str]:
        """Those that were measured, in order."""
        return list(dict.fromkeys(one.runtime for one in self.passes))

    def of(self, runtime: str, batch: int) -> list[Pass]:
        """Return the passes of all rounds."""
        return [one for one in self.passes if (one.runtime, one.batch) == (runtime, batch)]

    def speed(self, runtime: str, batch: int) -> float:
        """Return videos a second and core: per CPU second, median over rounds."""
        return median(one.videos / one.cpu_seconds for one in self.of(runtime, batch))

    def clocked(self, runtime: str, batch: int) -> float:
        """Return videos a second by the clock, median over rounds."""
        return median(one.videos / one.seconds for one in self.of(runtime, batch))

    def best(self, runtime: str) -> int:
        """Return the batch at which a runtime is fastest."""
        return max(self.batches, key=lambda batch: self.speed(runtime, batch))

    def parts(self, runtime: str, batch: int) -> dict[str, float]:
        """Return CPU seconds a video of each part, medians over rounds."""
        passes = self.of(runtime, batch)
        return {name: median(one.parts[name] / one.videos for one in passes) for name in passes[0].parts}
