"""An evaluation as files: Markdown, JSON, pictures."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from encoders.evaluation.comparison import Compared, Ground
from encoders.evaluation.measured import RECALLS, Protocol
from encoders.evaluation.page import page
from encoders.evaluation.pictures import draw_pictures
from encoders.evaluation.report import EvaluationReport, Facts
from encoders.evaluation.scored import PREVALENCES


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How an evaluation was made.

    Attributes:
        corpus: What was tested on, in a word: it names the files.
        command: That made it.
        commit: Of the code; None outside a checkout.
        machine: What times depend on.
        versions: Of libraries.
    """

    corpus: str
    command: str
    commit: str | None
    machine: Mapping[str, object]
    versions: Mapping[str, str | None]


def make_report(ground: Ground, protocol: Protocol, compared: Compared, made: Made) -> EvaluationReport:
    """Lay together what was found and under which conditions."""
    stores = {
        "test": (ground.test, ground.test_rows),
        "development": (ground.development, ground.development_rows),
        "bank": (ground.bank, ground.bank_rows),
    }
    facts = Facts(
        corpus=made.corpus,
        command=made.command,
        commit=made.commit,
        machine=made.machine,
        versions=made.versions,
        digests={name: store.digest for name, (store, _) in stores.items()},
        contents={name: store.content_digest(rows) for name, (store, rows) in stores.items()},
        posts={
            name: (len(rows), sum(row.section == name for row in store.rows)) for name, (store, rows) in stores.items()
        },
        share=ground.share,
        seeds=protocol.seeds,
        primary=protocol.primary,
        draws=protocol.draws,
        root=protocol.root,
        prevalences=PREVALENCES,
        recalls=RECALLS,
        resamples=protocol.resamples,
    )
    return EvaluationReport(
        facts=facts,
        trends=ground.described(),
        methods=compared.methods,
        differences=compared.differences,
        primary_differences=compared.primary_differences,
    )


def write_report(report: EvaluationReport, folder: Path) -> tuple[Path, ...]:
    """Write a report.

    Args:
        report: What was found.
        folder: Made if it is not there.

    Returns:
        The files: Markdown, JSON, pictures, all named after the corpus.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = draw_pictures(report, folder)
    text, data = folder / f"{report.facts.corpus}.md", folder / f"{report.facts.corpus}.json"
    text.write_text(page(report, [path.name for path in pictures]), encoding="utf-8")
    data.write_bytes(msgspec.json.encode(report) + b"\n")
    return text, data, *pictures


def read_report(path: Path) -> EvaluationReport:
    """Read the JSON of a report."""
    return msgspec.json.decode(path.read_bytes(), type=EvaluationReport)
