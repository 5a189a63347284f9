"""The post of a seed, fetched, decoded, encoded."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from encoders.media import DecodedMedia
from encoders.model_card import SuiteCard
from encoders.protocol import Fusion
from streams.encoding import EncoderSuite, encode_videos, fuse_vectors
from streams.errors import PoisonError
from streams.offload import offload
from streams.wire.envelope import Cause, ModalityName
from streams.wire.record import Received
from streams.wire.topics import full_name
from streams.wire.trend import SeedAdded
from streams.wire.video import Texts, VideoDecoded


class SeedSuite(EncoderSuite, Protocol):
    """What TRENDS uses of a suite; the registry, which may load torch, stays out of the agents."""

    @property
    def model_id(self) -> str:
        """Vectors of two model ids are never compared."""
        ...

    @property
    def fusion(self) -> Fusion:
        """Takes the vectors of these encoders."""
        ...

    @property
    def card(self) -> SuiteCard:
        """What is known about it, its banks above all."""
        ...


class SeedIntake(Protocol):
    """What TRENDS uses of the way from a URI to samples."""

    async def decode(self, media_uri: str, content_sha256: str | None) -> DecodedMedia:
        """Return the samples of a medium within its deadline.

        Raises:
            PoisonError: it cannot be fetched or decoded.
            TransientError: the means to decode are away.
        """
        ...


class SeedStore(Protocol):
    """What TRENDS uses of the place where samples of seeds are kept."""

    def put(self, trend_id: str, seed_id: str, decoded: VideoDecoded) -> None:
        """Keep the samples of a seed; replaces what is kept of it.

        Raises:
            OSError: the place cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A seed's post as samples with their vectors.

    Attributes:
        decoded: The samples, to be kept for models to come.
        fused: Packed float16 unit vector.
        vectors: Packed float16 unit vectors by present modality.
    """

    decoded: VideoDecoded
    fused: bytes
    vectors: Mapping[ModalityName, bytes]


class Preparation:
    """Makes vectors of the posts that moderators name; several at once.

    Args:
        prefix: Of this installation.
        suite: The encoders that serve.
        intake: The way from a URI to samples.
    """

    def __init__(self, prefix: str, suite: SeedSuite, intake: SeedIntake) -> None:
        self._prefix, self._suite, self._intake = prefix, suite, intake
        self._encoding = asyncio.Lock()  # no suite promises to be entered by two threads

    async def prepare(self, event: SeedAdded, record: Received) -> Prepared | PoisonError:
        """Return a seed's samples and vectors, or why there are none.

        Args:
            event: Names the post.
            record: The one that brought the event.

        Raises:
            TransientError: the means to decode are away.
        """
        try:
            media = await self._intake.decode(event.video.media_uri, None)
            decoded = self._decoded(event, record, media)
            async with self._encoding:
                return await offload(_encode, self._suite, decoded)
        except PoisonError as error:
            return error

    def _decoded(self, event: SeedAdded, record: Received, media: DecodedMedia) -> VideoDecoded:
        video = event.video
        return VideoDecoded(
            video_id=video.video_id or event.seed_id,
            revision=1,
            source=Cause(topic=full_name(self._prefix, record.topic), partition=record.partition, offset=record.offset),
            event_at=event.added_at,
            received_at=record.timestamp,
            frames=list(media.frames),
            waveform=media.waveform,
            texts=Texts(caption=video.caption, ocr_text=video.ocr_text, speech_text=video.speech_text),
            duration_seconds=media.duration_seconds,
        )


def _encode(suite: SeedSuite, decoded: VideoDecoded) -> Prepared:
    """Return the vectors of one video.

    Raises:
        PoisonError: it says nothing in any modality.
    """
    [vectors] = encode_videos(suite, [decoded])
    if isinstance(vectors, PoisonError):
        raise vectors
    return Prepared(decoded, fuse_vectors(suite.fusion, vectors), vectors)
