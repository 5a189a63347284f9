"""The course of a measurement of a suite: one thread, rounds in which all runtimes take turns."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from encoders.embedding import to_unit_float16
from encoders.errors import ModelRefused
from encoders.media import frames_from_jpeg
from encoders.media.frames import JPEG_QUALITY
from encoders.modality import Modality
from encoders.registry import Suite, load_suite
from encoders.runtime import Runtime
from encoders.samples import Frames, Samples
from encoders.suite_file import Source
from streams.bench.encoding.figures import EncodeFigures, Pass
from streams.bench.encoding.posts import DrawnPosts, draw_posts
from streams.bench.encoding.quality import DRAWS, SEEDS, EncodedPosts, quality
from streams.bench.encoding.request import EncodeRequest
from streams.bench.encoding.untrained import write_untrained

# Of CPU time. A slow runtime does not hold up the others: a pass ends after the batch in which this is reached.
_PASS_SECONDS = 4.0
_TOLD_EVERY = 50
# Videos whose pictures are read back from JPEG.
_READ = 8

Picture = NDArray[np.uint8]
Tell = Callable[[str], None]
Keep = Callable[[EncodeFigures], None]


def measure(request: EncodeRequest, folder: Path, tell: Tell, keep: Keep) -> EncodeFigures:
    """Measure a suite by every runtime that it takes.

    Args:
        request: What.
        folder: For a suite that is not trained.
        tell: Told what happens.
        keep: Given the figures whenever there are more.

    Raises:
        EncodersError: The suite cannot be loaded.
        UserError: The recipes have no towers that fit together.
    """
    with _one_thread():
        name = request.suite
        if request.untrained:
            name = str(write_untrained(request.untrained, folder / "untrained", request.seed))
        suites, refused = _by_runtime(name)
        drawn = draw_posts(request.positives, request.seed, lambda done, of: _told(tell, done, of))
        figures = _begun(request, suites[Runtime.TORCH], drawn)
        figures.refused = refused

        def timed(passes: Sequence[Pass]) -> None:
            figures.passes += passes
            keep(figures)

        _time(request, suites, drawn.complete(request.videos), tell, timed)
        exact: EncodedPosts | None = None
        for runtime, suite in suites.items():
            tell(f"{runtime}: quality on {len(drawn.samples)} posts")
            encoded = EncodedPosts(suite, drawn.samples)
            exact = exact or encoded  # torch in float32 comes first
            figures.qualities.append(quality(runtime, encoded, exact, drawn.trends))
            keep(figures)
    return figures


def _by_runtime(name: str) -> tuple[dict[Runtime, Suite], dict[str, str]]:
    """Load the suite for each runtime, with why another is none of it."""
    suites = {Runtime.TORCH: load_suite(name)}
    refused: dict[str, str] = {}
    own = any(card.source == Source.SHIPPED for card in suites[Runtime.TORCH].card.towers)
    for runtime in (Runtime.BF16, Runtime.ONNX):
        if not own:
            refused[runtime] = "it has no shipped tower, whose network could be run so"
            continue
        try:
            suites[runtime] = load_suite(name, runtime)
        except ModelRefused as error:
            refused[runtime] = str(error)
    return suites, refused


def _begun(request: EncodeRequest, suite: Suite, drawn: DrawnPosts) -> EncodeFigures:
    videos = drawn.complete(request.videos)
    pictures = [frames.images for video in videos if isinstance(frames := video[Modality.FRAMES], Frames)]
    return EncodeFigures(
        suite=suite.name,
        model_id=suite.model_id,
        untrained=bool(request.untrained),
        dimensions={str(modality): size for modality, size in suite.card.dimensions},
        sha256=drawn.sha256,
        videos=len(videos),
        frames=len(pictures[0]),
        rounds=request.rounds,
        batches=list(request.batches),
        seed=request.seed,
        posts=len(drawn.samples),
        trends=len(drawn.trends.trends),
        positives=request.positives,
        seeds=SEEDS,
        draws=DRAWS,
        read_seconds=_reading(pictures[:_READ]),
    )


def _reading(videos: Sequence[Sequence[Picture]]) -> float:
    """Return CPU seconds to read the pictures of a video back from the JPEGs of a message."""
    messages = [tuple(_jpeg(picture) for picture in pictures) for pictures in videos]
    begun = process_time()
    for jpegs in messages:
        frames_from_jpeg(jpegs)
    return (process_time() - begun) / len(messages)


def _jpeg(picture: Picture) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _time(
    request: EncodeRequest,
    suites: Mapping[Runtime, Suite],
    videos: Sequence[Samples],
    tell: Tell,
    keep: Callable[[Sequence[Pass]], None],
) -> None:
    """Let all runtimes take turns at each batch, round after round; the first pass of each is not counted."""
    for batch in request.batches:
        for suite in suites.values():
            _encode(suite, videos[:batch], {})
    for number in range(1, request.rounds + 1):
        tell(f"round {number} of {request.rounds}: {len(videos)} videos in batches of {request.batches}")
        turns = [(batch, runtime) for batch in request.batches for runtime in suites]
        keep([_pass(runtime, suites[runtime], videos, batch) for batch, runtime in turns])


def _pass(runtime: Runtime, suite: Suite, videos: Sequence[Samples], batch: int) -> Pass:
    parts: dict[str, float] = {}
    done = 0
    begun, worked = perf_counter(), process_time()
    while done < len(videos) and (done == 0 or process_time() - worked < _PASS_SECONDS):
        done += _encode(suite, videos[done : done + batch], parts)
    return Pass(
        runtime=runtime,
        batch=batch,
        videos=done,
        seconds=perf_counter() - begun,
        cpu_seconds=process_time() - worked,
        parts=parts,
    )


def _encode(suite: Suite, videos: Sequence[Samples], parts: dict[str, float]) -> int:
    """Encode and fuse videos as ENCODE and FUSE do, adding CPU seconds to the parts; return how many they are."""
    vectors: list[dict[Modality, NDArray[np.floating]]] = [{} for _ in videos]
    for modality, encoder in suite.encoders.items():
        begun = process_time()
        for own, vector in zip(vectors, encoder.encode([video[modality] for video in videos]), strict=True):
            if vector is not None:
                own[modality] = to_unit_float16(vector)
        parts[modality] = parts.get(modality, 0.0) + process_time() - begun
    begun = process_time()
    for own in vectors:
        if own:
            to_unit_float16(suite.fusion.fuse(own))
    parts["fusion"] = parts.get("fusion", 0.0) + process_time() - begun
    return len(videos)


def _told(tell: Tell, done: int, of: int) -> None:
    if done % _TOLD_EVERY == 0 or done == of:
        tell(f"drawing posts: {done} of {of}")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch have one thread, and with it ONNX Runtime."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
