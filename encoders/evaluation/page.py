"""The page of an evaluation: Markdown that says under which conditions every number holds."""

from collections.abc import Mapping, Sequence

from encoders.evaluation.report import Difference, EvaluationReport, Facts, MethodFigures, RowFigures
from encoders.evaluation.tables import percent, strata
from encoders.evaluation.variants import PRIMARY_SCORER
from encoders.tables import table

_ABOUT: Mapping[str, str] = {
    "generated": "Posts are generated: programmes over latent factors, drawn as pictures, sound and words.",
    "real": "Posts are composed of real media: only the joining of pictures, sounds and texts, and the camera's motion "
    "over pictures, is made up.",
}


def page(report: EvaluationReport, pictures: Sequence[str]) -> str:
    """Return the page.

    Args:
        report: What was found.
        pictures: Names of PNG files beside the page.
    """
    facts = report.facts
    parts = [
        f"# Unseen trends, {facts.corpus} corpus",
        _conditions(report),
        "## Headline",
        f"Non-copy positives, {facts.primary} seeds, {facts.draws} draws, macro over {len(report.trends)} trends; "
        f"PR-AUC is non-interpolated average precision at {percent(facts.prevalences[0])} positives; brackets are "
        "95 % intervals by bootstrap over trends, then posts. The scorer of each row was chosen on development trends.",
        _headline([method for method in report.methods if not method.pretrained], report),
        *_pretrained(report),
        *[words for words in _costs(report) if words],
        "## Differences",
        f"{report.methods[0].rows[0].name} less the other, paired over the same trends and posts; bold where the "
        "interval excludes 0.",
        _differences(report.differences),
        "## The primary score",
        f"Every method by the cosine with the nearest seed, `{PRIMARY_SCORER}`, whatever development trends chose; by "
        f"its headline where it has no vectors. On the right {report.methods[0].name} less the other.",
        _primary(report),
        *_budgets(report),
        "## By stratum",
        "Macro ROC-AUC / PR-AUC over the trends of a stratum, same conditions; families are known where training has "
        "other leaves of theirs. Copies are trends of edited copies, here without near copies of the seeds.",
        strata(report),
        "## Near copies of the seeds",
        _copies(report),
        "## Operating points",
        "Macro means; TPR at 1e-4 with fewer than 10,000 negatives means: above all of them.",
        _points(report),
        "## One threshold for all trends",
        "Chosen by F1 on development trends. Micro-AP ranks the posts of all trends together; spreads are standard "
        "deviations over trends.",
        _thresholds(report),
        "## Seeds to quality",
        "Macro ROC-AUC / PR-AUC by number of seeds; trends with too few positives for a number are left out of it.",
        _seeds(report),
        "## Every scorer",
        "Macro PR-AUC and ROC-AUC on test trends beside the PR-AUC on development trends that alone decided which one "
        "the headline shows.",
        _variants(report),
        "## Trend by trend",
        f"PR-AUC at {percent(facts.prevalences[0])}.",
        _trends(report),
        "## Pictures",
        "Curves and seeds show every method by its headline scorer; what each modality is worth is shown of the first "
        "two methods that have several.",
        *[f"![{name.removesuffix('.png')}]({name})" for name in pictures],
    ]
    return "\n\n".join(parts) + "\n"


def _rows(report: EvaluationReport) -> list[RowFigures]:
    return [row for method in report.methods for row in method.rows]


def _conditions(report: EvaluationReport) -> str:
    facts = report.facts
    background = facts.posts["test"]
    lines = [
        _ABOUT.get(facts.corpus, "Posts are those of a store.")
        + " These are numbers on our corpus, not those of any paper.",
        "",
        f"* Made by `{facts.command}`",
        f"* Commit {facts.commit or 'unknown'}; {_machine(facts)}",
        f"* Posts: {', '.join(f'{name} {used:,} of {whole:,}' for name, (used, whole) in facts.posts.items())}"
        f" (share asked for: {facts.share:g}); {len(report.trends)} trends, "
        f"{min(t.positives for t in report.trends)} to {max(t.positives for t in report.trends)} positives and "
        f"{min(t.hard_negatives for t in report.trends)} to {max(t.hard_negatives for t in report.trends)} hard "
        f"negatives each, {background[0] - sum(t.positives + t.hard_negatives for t in report.trends):,} background "
        "posts shared by all.",
        f"* Stores: {', '.join(f'{name} `{digest[:16]}`' for name, digest in facts.digests.items())}; of the frames, "
        f"sound and words read: {', '.join(f'{name} `{digest[:16]}`' for name, digest in facts.contents.items())}",
        f"* Chance: root {facts.root}; {facts.resamples[0]} resamples of posts, {facts.resamples[1]} of trends",
    ]
    return "\n".join(lines)


def _machine(facts: Facts) -> str:
    machine = ", ".join(f"{value}" for name, value in facts.machine.items() if name in ("processor", "system"))
    versions = ", ".join(f"{name} {number}" for name, number in facts.versions.items() if number)
    return f"{machine}, {facts.machine.get('cores', '?')} cores; {versions}"


def _pretrained(report: EvaluationReport) -> list[str]:
    """Return the block of methods that others trained; nothing where there is none."""
    methods = [method for method in report.methods if method.pretrained]
    words = "Pretrained encoders are **not like for like**: others trained them, on other data and for longer."
    return [words, _headline(methods, report)] if methods else []


def _headline(methods: Sequence[MethodFigures], report: EvaluationReport) -> str:
    shares = [str(share) for share in report.facts.prevalences]
    titles = ["method", "scorer", "ROC-AUC", f"PR-AUC {percent(report.facts.prevalences[0])}", "median", "worst 5"]
    titles += [f"PR-AUC {percent(float(share))}" for share in shares[1:]]
    hubs = {method.name: method.hubness for method in methods}
    lines = []
    for row in [row for method in methods for row in method.rows]:
        hub = hubs[row.method]
        lines.append(
            [
                row.name,
                row.variant,
                f"{row.roc_auc.mean:.4f} [{row.roc_auc.low:.4f}, {row.roc_auc.high:.4f}]",
                f"{row.pr_auc.mean:.4f} [{row.pr_auc.low:.4f}, {row.pr_auc.high:.4f}]",
                f"{row.pr_auc.median:.3f}",
                f"{row.pr_auc.worst:.3f}",
                *[f"{row.pr_auc_at[share]:.3f}" for share in shares[1:]],
                "-" if hub is None else f"{hub:.2f}",
            ]
        )
    return table([*titles, "hubness"], lines)


def _differences(found: Sequence[Difference]) -> str:
    lines = [[name, of["pr_auc"], of["roc_auc"]] for name, of in _apart(found).items()]
    return table(["less", "PR-AUC", "ROC-AUC"], lines)


def _apart(found: Sequence[Difference]) -> dict[str, dict[str, str]]:
    """Return differences in words, by the other's name and the figure."""
    cells: dict[str, dict[str, str]] = {}
    for one in found:
        text = f"{one.value:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"
        clear = one.low > 0.0 or one.high < 0.0
        cells.setdefault(one.theirs, {})[one.figure] = f"**{text}**" if clear else text
    return cells


def _primary(report: EvaluationReport) -> str:
    apart = _apart(report.primary_differences)
    lines = []
    for method in report.methods:
        of = method.primary or method.rows[0]
        figures = [f"{one.mean:.4f} [{one.low:.4f}, {one.high:.4f}]" for one in (of.roc_auc, of.pr_auc)]
        less = apart.get(method.name, {})
        scorer = PRIMARY_SCORER if method.primary else method.rows[0].variant
        lines.append([method.name, scorer, *figures, less.get("roc_auc", ""), less.get("pr_auc", "")])
    return table(["method", "scorer", "ROC-AUC", "PR-AUC", "less, ROC-AUC", "less, PR-AUC"], lines)


def _budgets(report: EvaluationReport) -> list[str]:
    """Return what suites of ours were trained with; nothing where no recipe lies beside them."""
    lines = [
        [method.name, one.modality, f"{one.parameters:,}", one.recipe, f"{one.steps:,}", f"{one.batch} x {one.views}",
         f"{one.steps * one.batch:,}"]
        for method in report.methods
        for one in method.budgets
    ]  # fmt: skip
    words = "By the recipes beside the towers; parameters are those of a whole tower, a line a run that it is made of."
    titles = ["method", "tower", "parameters", "recipe", "steps", "posts a step x views", "posts seen"]
    return ["## Training", words, table(titles, lines)] if lines else []


def _costs(report: EvaluationReport) -> list[str]:
    """Return what scorers cost besides encoding, where they tell."""
    return ["\n".join(f"* {row.name}: {row.draws} draws; {row.cost}" for row in _rows(report) if row.cost)]


def _copies(report: EvaluationReport) -> str:
    primary = str(report.facts.prevalences[0])
    lines = []
    for row in _rows(report):
        count = len(row.copies)
        roc = sum(one.roc_auc for one in row.copies) / max(1, count)
        pr = sum(one.pr_auc[primary] for one in row.copies) / max(1, count)
        lines.append([row.name, str(count), f"{roc:.4f}" if count else "-", f"{pr:.4f}" if count else "-"])
    return table(["method", "trends", "ROC-AUC", "PR-AUC"], lines)


def _points(report: EvaluationReport) -> str:
    primary = str(report.facts.prevalences[0])
    lines = []
    for row in _rows(report):
        figures = [
            (one.recall_at_08[primary], one.recall_at_09[primary], one.tpr_at_1e_3, one.tpr_at_1e_4)
            for one in row.trends
        ]
        lines.append([row.name, *[f"{sum(column) / len(column):.3f}" for column in zip(*figures, strict=True)]])
    titles = ["method", "recall at precision 0.8", "recall at precision 0.9", "TPR at FPR 1e-3", "TPR at FPR 1e-4"]
    return table(titles, lines)


def _thresholds(report: EvaluationReport) -> str:
    lines = [
        [
            row.name,
            f"{row.threshold.threshold:.4f}",
            f"{row.threshold.micro_ap:.3f}",
            f"{row.threshold.far:.4f} +- {row.threshold.far_spread:.4f}",
            f"{row.threshold.frr:.3f} +- {row.threshold.frr_spread:.3f}",
        ]
        for row in _rows(report)
    ]
    return table(["method", "threshold", "micro-AP", "false acceptance", "false rejection"], lines)


def _seeds(report: EvaluationReport) -> str:
    counts = [str(count) for count in report.facts.seeds]
    lines = [
        [row.name, *["{:.3f} / {:.3f}".format(*row.by_seeds[one]) if one in row.by_seeds else "-" for one in counts]]
        for row in _rows(report)
    ]
    return table(["method", *counts], lines)


def _variants(report: EvaluationReport) -> str:
    lines = []
    for method in report.methods:
        shown = {row.variant for row in method.rows}
        for one in method.variants:
            tried = "-" if one.development is None else f"{one.development:.3f}"
            name = f"**{one.name}**" if one.name in shown else one.name
            lines.append([method.name, name, tried, f"{one.pr_auc:.3f}", f"{one.roc_auc:.3f}"])
    return table(["method", "scorer", "development PR-AUC", "PR-AUC", "ROC-AUC"], lines)


def _trends(report: EvaluationReport) -> str:
    primary = str(report.facts.prevalences[0])
    heads = [method.rows[0] for method in report.methods]
    lines = []
    for trend in report.trends:
        by_row = [{one.name: one for one in row.trends}.get(trend.name) for row in heads]
        cells = ["-" if one is None else f"{one.pr_auc[primary]:.3f}" for one in by_row]
        lines.append([trend.name, trend.kind, "known" if trend.known else "new", *cells])
    return table(["trend", "kind", "family", *[row.name for row in heads]], lines)
