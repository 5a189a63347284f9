"""Every setting of the system, read from the environment as `EBR_<GROUP>__<FIELD>`."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSetting

from streams.errors import SettingsError


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(_Group):
    """Where the cluster is; how one installation is cut out of it."""

    bootstrap_servers: str = Field(
        default="127.0.0.1:9092", description="Comma-separated host:port list of the cluster."
    )
    prefix: str = Field(
        default="ebr",
        pattern=r"^[a-zA-Z0-9_-]{1,64}$",
        description="Namespace of this installation: topics, groups, ids, metrics.",
    )
    partitions: int = Field(default=4, ge=1, le=1_024, description="Shards of the index; fixed for a prefix.")
    replication_factor: int = Field(default=1, ge=1, le=9, description="Replicas of a topic at creation.")
    session_timeout_seconds: float = Field(
        default=30.0, ge=2, le=300, description="How fast a killed worker is replaced."
    )
    rebalance_timeout_seconds: float = Field(
        default=120.0, ge=5, le=900, description="How long members may take to rejoin."
    )
    delivery_timeout_seconds: float = Field(default=30.0, ge=1, le=300, description="Bound of every awaited delivery.")
    accept_gaps: bool = Field(
        default=False, description="Go on although retention removed unprocessed records; written to dead letters."
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How clients connect."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism."
    )
    sasl_username: str | None = Field(default=None, description="SASL user.")
    sasl_password: SecretStr | None = Field(default=None, description="SASL password.")
    sasl_password_file: Path | None = Field(
        default=None, description="File that holds the SASL password, instead of the variable."
    )
    ssl_cafile: Path | None = Field(default=None, description="CA certificates that sign the brokers' (PEM).")
    ssl_certfile: Path | None = Field(default=None, description="Client certificate (PEM).")
    ssl_keyfile: Path | None = Field(default=None, description="Key of the client certificate (PEM).")


class MediaSettings(_Group):
    """What may be fetched and decoded, within which limits."""

    allowed_roots: list[Path] = Field(
        default_factory=list, description="Folders that file: URIs may name, as a JSON list; none by default."
    )
    allowed_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts that http(s): URIs may name, as a JSON list; empty means any public one.",
    )
    allow_private_addresses: bool = Field(
        default=False, description="Let http(s) reach loopback and private addresses (tests, intranets)."
    )
    allowed_filesystems: list[str] = Field(
        default_factory=list, description="Further URI schemes to open through pyarrow.fs, for example s3 or gs."
    )
    max_bytes: int = Field(default=200 * 1024**2, ge=1, description="Largest file fetched, in bytes.")
    max_pixels: int = Field(default=4096 * 2304, ge=1, description="Largest frame, width x height.")
    max_duration_seconds: float = Field(default=3_600.0, gt=0, description="Longest video, as its container claims.")
    max_streams: int = Field(default=16, ge=1, description="Most streams in a container.")
    max_memory_bytes: int = Field(default=1024**3, ge=64 * 1024**2, description="Address space of a decoding process.")
    deadline_seconds: float = Field(default=20.0, gt=0, description="Wall time of fetch + decode of one video.")
    workers: int = Field(default=2, ge=1, le=256, description="Decoding processes of one worker.")
    store_uri: str | None = Field(
        default=None,
        description="Where decoded samples of seeds are kept (any pyarrow.fs URI); data folder by default.",
    )


class EncoderSettings(_Group):
    """Which encoders serve."""

    suite: str = Field(default="signal", description="Name or folder of the suite of encoders.")
    runtime: Literal["torch", "onnx"] = Field(
        default="torch",
        description="What runs the networks of shipped towers: torch, or ONNX Runtime, with the same vectors within "
        "1e-4; towers of transformers are run by torch only.",
    )
    batch_videos: int = Field(default=16, ge=1, le=1_024, description="Most videos encoded at once.")


class IndexSettings(_Group):
    """How a shard keeps its vectors."""

    retention_days: float = Field(default=30.0, gt=0, le=3_650, description="How long a video is held, in stream time.")
    first_hits: int = Field(
        default=1_000,
        ge=1,
        le=100_000,
        description="Most pairs judged at once when a seed arrives; the sweep does the rest.",
    )
    slice_videos: int = Field(default=2_048, ge=1, le=100_000, description="Videos a slice of the sweep judges.")
    slice_records: int = Field(
        default=1_000, ge=1, le=100_000, description="Most records a slice of the sweep emits in one transaction."
    )
    recall_sample: float = Field(
        default=0.05, ge=0, le=1, description="Share of searches that are repeated exactly to measure recall; 0 none."
    )
    report_seconds: float = Field(
        default=10.0,
        ge=0.1,
        le=3_600,
        description="A shard reports its judged videos and forward hits by stretches of so long, by time of receipt.",
    )
    snapshot_uri: str | None = Field(
        default=None,
        description="Where snapshots of shards are kept (any pyarrow.fs URI), in a folder a prefix; data folder of the "
        "worker by default, where another worker that gets its shards does not find them.",
    )
    snapshot_minutes: float = Field(
        default=5.0,
        ge=0,
        le=10_080,
        description="A shard is written down so often while messages come; 0: not by time.",
    )
    snapshot_messages: int = Field(
        default=50_000,
        ge=0,
        le=100_000_000,
        description="A shard is written down after so many messages; 0: not by them.",
    )


class TrendSettings(_Group):
    """What TRENDS decides by itself: calibration, bounds, pauses."""

    calibration_decisions: int = Field(
        default=100, ge=2, le=1_000_000, description="A trend's scores are calibrated from so many decisions on."
    )
    calibration_growth: float = Field(
        default=0.2, gt=0, le=100, description="They are calibrated again when decisions grew by this share."
    )
    bound_factor: float = Field(
        default=2.0,
        ge=1,
        le=1_000,
        description="A shard's bound is so many times the most hits that any shard counted in the preview.",
    )
    bound_least: int = Field(default=100, ge=1, le=1_000_000_000, description="But at least so many hits.")
    jump_factor: float = Field(
        default=5.0,
        gt=1,
        le=1_000,
        description="A trend is paused when its forward hits per 1,000 judged videos are surely above so many times "
        "what its preview and its own past say.",
    )
    jump_hits: int = Field(default=50, ge=1, le=1_000_000_000, description="Fewer hits are never a jump.")
    jump_seconds: float = Field(
        default=300.0, gt=0, le=86_400, description="Forward hits are counted over so long, by time of receipt."
    )
    past_seconds: float = Field(
        default=21_600.0, gt=0, le=86_400, description="A trend's own past: so long before, by time of receipt."
    )


class WorkerSettings(_Group):
    """How a worker process lives."""

    data_folder: Path = Field(default=Path("var/worker"), description="What a worker keeps between starts.")
    http_host: str = Field(default="127.0.0.1", description="Address of /readyz, /healthz, /metrics.")
    http_port: int = Field(default=0, ge=0, le=65_535, description="Port of these; 0 takes a free one.")
    ready_timeout_seconds: float = Field(
        default=180.0, gt=0, description="The watchdog ends a worker that is not ready in time."
    )
    stall_timeout_seconds: float = Field(
        default=120.0, gt=0, description="The watchdog ends a worker that has lag without progress for so long."
    )
    max_decoded_lag: int = Field(
        default=2_000, ge=1, description="decode stops taking while encode lags by so many videos."
    )


class BrokerSettings(_Group):
    """The local broker for laptops and tests."""

    folder: Path = Field(default=Path("var/broker"), description="Data, logs and configuration of the local broker.")
    jars: Path | None = Field(default=None, description="Folder with the Kafka jars; a cache folder by default.")
    heap_mb: int = Field(default=512, ge=128, description="Java heap of the local broker, in MB.")


class LogSettings(_Group):
    """What is logged, in which form."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Lowest level written.")
    format: Literal["auto", "json", "pretty"] = Field(
        default="auto", description="auto is pretty in a terminal, JSON elsewhere."
    )


class DrillSettings(_Group):
    """Failures on purpose, for drills and tests only."""

    kill_point: str | None = Field(
        default=None, description="Kill the worker at this place, as `name` or `role:name`; for tests of crashes only."
    )
    kill_after: int = Field(default=1, ge=1, description="The how-manieth time the place is reached it kills.")


class Settings(BaseSettings):
    """All groups; each field is `EBR_<GROUP>__<FIELD>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="EBR_", env_nested_delimiter="__", frozen=True, extra="ignore")

    kafka: KafkaSettings = KafkaSettings()
    media: MediaSettings = MediaSettings()
    encoders: EncoderSettings = EncoderSettings()
    index: IndexSettings = IndexSettings()
    trends: TrendSettings = TrendSettings()
    worker: WorkerSettings = WorkerSettings()
    broker: BrokerSettings = BrokerSettings()
    log: LogSettings = LogSettings()
    test: DrillSettings = DrillSettings()

    @field_validator("kafka")
    @classmethod
    def _sasl_needs_a_user(cls, kafka: KafkaSettings) -> KafkaSettings:
        if kafka.security_protocol.startswith("SASL") and not (
            kafka.sasl_username and (kafka.sasl_password or kafka.sasl_password_file)
        ):
            raise ValueError(
                "SASL needs EBR_KAFKA__SASL_USERNAME and EBR_KAFKA__SASL_PASSWORD or EBR_KAFKA__SASL_PASSWORD_FILE"
            )
        return kafka


def load_settings() -> Settings:
    """Return the settings of this process, from its environment.

    Raises:
        SettingsError: a variable has a bad value; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"EBR_{'__'.join(str(p).upper() for p in e['loc'])}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(lines)) from error
    except UnreadableSetting as error:
        # The library says which group, not which of its variables.
        group = re.search(r'field "(\w+)"', str(error))
        names = f"EBR_{group[1].upper()}__*" if group else "EBR_*"
        raise SettingsError(f"{names}: a list must be JSON, for example '[\"/srv/videos\"]'") from error


def environment_with(overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of this process with some variables replaced, for a child process."""
    return {**os.environ, **overrides}
