"""The terms that every message is written in."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

SCHEMA_VERSION = 1

# `(?!\n)` because Python's `$` also matches before a trailing newline, which an id must not have.
ID_PATTERN = r"^[A-Za-z0-9_.:-]+(?!\n)$"

# A modality, or a block of its vector by the aspect that it is about: `frames/shape`.
PART_PATTERN = r"^(frames|audio|text)(/[A-Za-z0-9_.@-]{1,64})?(?!\n)$"

Id = Annotated[str, Meta(min_length=1, max_length=128, pattern=ID_PATTERN)]
Text = Annotated[str, Meta(max_length=10_000)]
Label = Annotated[str, Meta(min_length=1, max_length=256)]
Revision = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Version = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Offset = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Cosine = Annotated[float, Meta(ge=-1.0, le=1.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Time = Annotated[datetime, Meta(tz=True)]
Schema = Literal[1]
ModalityName = Literal["frames", "audio", "text"]
PartName = Annotated[str, Meta(pattern=PART_PATTERN)]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    """Base of all messages: tagged by `type` with the name of its class; immutable."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The record that caused another one."""

    topic: str
    partition: Annotated[int, Meta(ge=0)]
    offset: Offset
