"""How much of a machine one file may cost."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """The bounds of one decode; what a file claims is checked before it is decoded.

    Attributes:
        bytes: Size of the file. 512 MiB is an hour of 720p at 1.2 Mbit/s.
        pixels: Of one picture, claimed or real. 4096 x 2304 lets 4K through; a decoder holds up to 17 of them.
        duration_seconds: Claimed length.
        streams: Video, audio, subtitle and other streams together.
        memory_bytes: Address space of a decoding process. An idle one takes 0.25 GiB, 4K H.264 0.4 GiB more;
            with less than an idle one takes, no process starts.
        wall_seconds: The deadline when the caller names none.
        frames: Pictures kept.
        frame_px: Longest side of a kept picture; smaller ones are not enlarged.
        audio_rate_hz: Rate of the kept sound.
        audio_seconds: Length of the kept sound, from the start.
    """

    bytes: int = 512 * MIB
    pixels: int = 4096 * 2304
    duration_seconds: float = 900.0
    streams: int = 16
    memory_bytes: int = 1024 * MIB
    wall_seconds: float = 20.0
    frames: int = 8
    frame_px: int = 224
    audio_rate_hz: int = 16_000
    audio_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse a limit of nothing.

        Raises:
            ValueError: A limit is not positive.
        """
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"media limit {name} must be positive, got {getattr(self, name)}")
