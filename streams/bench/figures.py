"""What is measured of one index at one size."""

import msgspec


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """The way in.

    Attributes:
        rows: Inserted.
        insert_seconds: In calls of insert.
        upkeep_seconds: In upkeep between them and in settling.
        cpu_seconds: Of the process, over both: more than their sum means more than one core.
        memory_bytes: Anonymous memory that the process holds more than before.
        extra: What only this index has to tell.
    """

    rows: int
    insert_seconds: float
    upkeep_seconds: float
    cpu_seconds: float
    memory_bytes: int
    extra: dict[str, object] = msgspec.field(default_factory=dict)


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """One pass over the queries, one query a call.

    Attributes:
        ef: Width of the search of a graph; 0 for an index without.
        queries: How many were asked before time was up; every fourth lies near a viral vector.
        recall: Share of right ids among the 10 asked for, ties counting as right; `viral_recall` near viral vectors.
        seconds: Of all queries, each with its median over the passes so far at this width, so that what else the
            machine did in one pass does not count; `viral_seconds` near viral vectors, of `viral_queries`.
        p50_seconds: Of one query, likewise; `p99_seconds` too.
        pass_seconds: Of this pass.
        cpu_seconds: Of the process in this pass.
    """

    ef: int
    queries: int
    recall: float
    seconds: float
    viral_queries: int
    viral_recall: float
    viral_seconds: float
    p50_seconds: float
    p99_seconds: float
    pass_seconds: float
    cpu_seconds: float


class Batched(msgspec.Struct, frozen=True, kw_only=True):
    """All queries in calls of some 64."""

    ef: int
    queries: int
    seconds: float


class Ranged(msgspec.Struct, frozen=True, kw_only=True):
    """All neighbors at or above a score.

    Attributes:
        recall: Share found over all queries that have any.
        mean: How many there are a query.
        wrong: Ids returned that lie below the score.
        p50_seconds: Of one query; `p99_seconds` likewise.
        sweep_recall: The same after the exact pass, where there is one.
        sweep_seconds: Of one pass for one query, median.
    """

    queries: int
    recall: float
    mean: float
    wrong: int
    p50_seconds: float
    p99_seconds: float
    sweep_recall: float | None = None
    sweep_seconds: float | None = None


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """After a tenth was removed.

    Attributes:
        rows: Removed.
        recall: At the same ef as before, against what is left.
        resurrected: Removed ids that searches returned.
    """

    rows: int
    seconds: float
    ef: int
    recall: float
    resurrected: int


class Reopened(msgspec.Struct, frozen=True, kw_only=True):
    """After it was saved, then opened again, with a tenth removed."""

    save_seconds: float
    open_seconds: float
    disk_bytes: int
    recall: float
    resurrected: int


class Inserting(msgspec.Struct, frozen=True, kw_only=True):
    """Searches while another thread inserts.

    Attributes:
        rows: Inserted meanwhile; `rows_per_second` as fast as that was.
        searches: How many were made.
        recall: Against what was stored before.
        visible_p50_seconds: From the insert of one vector until a search has returned it; `visible_p99_seconds`.
        invisible: Vectors that no search returned.
    """

    rows: int
    rows_per_second: float
    searches: int
    recall: float
    p50_seconds: float
    p99_seconds: float
    visible_p50_seconds: float
    visible_p99_seconds: float
    invisible: int


class PeerFigures(msgspec.Struct, kw_only=True):
    """All of one index at one size; what could not be measured is absent, with why in `errors`."""

    name: str
    kind: str = ""
    index_type: str = ""
    exact: bool = False
    version: str = ""
    note: str = ""
    built: Built | None = None
    rounds: list[list[Searched]] = msgspec.field(default_factory=list)
    batched: list[Batched] = msgspec.field(default_factory=list)
    ranged: Ranged | None = None
    removed: Removed | None = None
    reopened: Reopened | None = None
    inserting: Inserting | None = None
    errors: dict[str, str] = msgspec.field(default_factory=dict)
