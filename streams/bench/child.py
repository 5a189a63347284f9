"""The process that measures one index: a line of JSON in, a line of JSON out, until its input ends."""

import os
import shutil
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import msgspec

from streams.bench.figures import PeerFigures
from streams.bench.inserting import measure_inserting
from streams.bench.peer import NotOffered
from streams.bench.session import Session, Task


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement to make: its name with what it needs."""

    do: str
    ef: int = 0
    seconds: float = 0.0
    queries: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: figures, or why there are none."""

    figures: msgspec.Raw = msgspec.Raw(b"null")
    error: str | None = None


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: the fields of `Task`."""

    name: str
    data: str
    scratch: str
    m: int
    ef_construction: int


def main() -> int:
    """Measure what standard input asks for; whatever libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    line = msgspec.json.decode(sys.stdin.buffer.readline(), type=TaskLine)
    task = Task(
        name=line.name,
        data=Path(line.data),
        scratch=Path(line.scratch),
        m=line.m,
        ef_construction=line.ef_construction,
    )
    try:
        session = Session(task)
    except Exception as error:
        _say(out, _failed(error))
        return 1
    _say(out, Answer(figures=msgspec.Raw(msgspec.json.encode(_facts(task.name, session)))))
    for text in sys.stdin.buffer:
        _say(out, _measured(session, msgspec.json.decode(text, type=Order)))
    session.peer.close()
    shutil.rmtree(task.scratch, ignore_errors=True)
    return 0


def _measured(session: Session, order: Order) -> Answer:
    acts: dict[str, Callable[[], object]] = {
        "build": session.build,
        "search": lambda: session.search(order.ef, order.seconds),
        "batch": lambda: session.batch(order.ef, order.queries),
        "range": lambda: session.range(order.ef, order.seconds),
        "remove": lambda: session.remove(order.ef),
        "reopen": lambda: session.reopen(order.ef),
        "inserting": lambda: measure_inserting(session, order.ef),
    }
    try:
        return Answer(figures=msgspec.Raw(msgspec.json.encode(acts[order.do]())))
    except Exception as error:
        return _failed(error)


def _facts(name: str, session: Session) -> PeerFigures:
    facts = session.peer.facts
    return PeerFigures(
        name=name,
        kind=facts.kind,
        index_type=facts.index_type,
        exact=facts.exact,
        version=f"{facts.library} {version(facts.library)}",
        note=facts.note,
    )


def _failed(error: Exception) -> Answer:
    if not isinstance(error, NotOffered | ImportError):
        traceback.print_exception(error)
    return Answer(error=f"{type(error).__name__}: {error}"[:500])


def _say(out: BinaryIO, answer: Answer) -> None:
    out.write(msgspec.json.encode(answer) + b"\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
