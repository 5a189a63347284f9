"""Methods compared from a store to a page: once judged, kept; what a kill left is gone on with."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec import structs
from safetensors.numpy import load_file

from encoders.corpus.store import Store
from encoders.evaluation import (
    Compared,
    EvaluationError,
    Ground,
    Made,
    PosteriorFile,
    Protocol,
    TrendPosts,
    TrendSet,
    average_precision,
    compare,
    evaluate,
    make_report,
    page,
    read_report,
    variants,
    write_posteriors,
    write_report,
)
from encoders.evaluation.budgets import budgets_of
from encoders.evaluation.course import check_trends
from encoders.evaluation.encoding import see
from encoders.evaluation.methods import load_method, source_name
from encoders.evaluation.report import TowerBudget
from encoders.evaluation.tables import strata, stratum_of
from encoders.evaluation.variants import PRIMARY_SCORER
from encoders.suite_folders import default_suite, find_suite, weights_folder
from tests.support.stores import BACKGROUND, COPIES, HARD, POSITIVES, TRENDS, small_store

PROTOCOL = Protocol(seeds=(1, 5), draws=3, resamples=(10, 50))
SOURCES = {"signal": "signal", "raw-pixels": "raw-pixels"}
MADE = Made(corpus="generated", command="ebr evaluate trends", commit="abc", machine={"cores": 2}, versions={})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of made-up posts."""
    return small_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def ground(store: Store) -> Ground:
    """All sections in one store."""
    return Ground(store, store, store)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where vectors and results are kept."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def compared(ground: Ground, work: Path) -> Compared:
    """Two methods compared once."""
    return compare(SOURCES, ground, PROTOCOL, work)


def test_sources_are_named_without_folders() -> None:
    """Whatever kind stands before them."""
    assert source_name("a/b/suite") == source_name("suite") == "suite"
    assert source_name("untrained:a/b/suite") == "untrained:suite"


def test_trends_are_those_of_the_manifest(ground: Ground) -> None:
    """Positives, hard negatives and background by leaf and section; copies share the group of their original."""
    subject = ground.trends
    assert [trend.name for trend in subject.trends] == list(TRENDS["test"])
    assert [trend.known for trend in subject.trends] == [True, True, False]
    assert {len(trend.positives) for trend in subject.trends} == {POSITIVES + COPIES}
    assert {len(trend.hard_negatives) for trend in subject.trends} == {HARD}
    assert len(subject.background) == BACKGROUND
    first = subject.trends[0].positives
    assert len(np.unique(subject.groups[first])) == POSITIVES
    assert len(ground.trials.trends) == len(TRENDS["development"])


def test_a_share_takes_the_same_part_of_each_trend(store: Store) -> None:
    """And never more than there is; a store that is not drawn is no test."""
    half = Ground(store, store, store, share=0.5)
    assert {len(trend.positives) for trend in half.trends.trends} == {(POSITIVES + COPIES) // 2}
    with pytest.raises(EvaluationError, match="share"):
        Ground(store, store, store, share=0.0)


def test_a_store_without_drawn_posts_is_no_test(tmp_path: Path) -> None:
    """The message names the section."""
    empty = small_store(tmp_path, draw=False)
    with pytest.raises(EvaluationError, match="no drawn post of the section test"):
        Ground(empty, empty, empty)


def test_trends_too_small_are_told_before_anything_is_encoded(store: Store, tmp_path: Path) -> None:
    """The message has the section, the number of seeds and what there is; nothing but copies is too small as well."""
    ground = Ground(store, store, store, share=4 / (POSITIVES + COPIES))
    with pytest.raises(EvaluationError, match=r"test trends: 5 seeds .* has 4 positives"):
        compare(SOURCES, ground, PROTOCOL, tmp_path / "work")
    assert not (tmp_path / "work").exists()
    alike = TrendPosts(name="a", kind="text", positives=np.arange(9), hard_negatives=np.arange(9, 12))
    with pytest.raises(EvaluationError, match=r"development trends: 5 seeds .* has 9 positives"):
        check_trends(
            "development",
            TrendSet(trends=[alike], background=np.arange(12, 15), groups=np.zeros(15, dtype=np.int64)),
            PROTOCOL,
        )


def test_the_headline_is_what_development_trends_chose(compared: Compared) -> None:
    """The best of those that may be chosen, by development figures alone."""
    for method in compared.methods:
        choices = [one for one in method.variants if one.use == "choice"]
        best = max(choices, key=lambda one: one.development or 0.0)
        assert method.rows[0].variant == best.name
        assert all(one.development is None for one in method.variants if one.use not in ("choice", "probe"))


def test_the_primary_score_stands_beside_what_was_chosen(compared: Compared, ground: Ground, work: Path) -> None:
    """Of each method the figures of `cosine max`, with paired differences from the first method by the same score."""
    for method in compared.methods:
        primary = next(one for one in method.variants if one.name == PRIMARY_SCORER)
        assert method.primary is not None
        assert method.primary.pr_auc.mean == pytest.approx(primary.pr_auc)
        assert method.primary.roc_auc.mean == pytest.approx(primary.roc_auc)
    first, second = (method.primary for method in compared.methods)
    assert first is not None
    assert second is not None
    apart = {one.figure: one for one in compared.primary_differences}
    assert {one.theirs for one in compared.primary_differences} == {"raw-pixels"}
    assert apart["pr_auc"].value == pytest.approx(first.pr_auc.mean - second.pr_auc.mean)
    assert apart["pr_auc"].low <= apart["pr_auc"].value <= apart["pr_auc"].high
    again = compare(SOURCES, ground, PROTOCOL, work)
    assert again.primary_differences == compared.primary_differences


def test_figures_are_those_of_the_protocol_written_out(compared: Compared, ground: Ground, work: Path) -> None:
    """Means over draws of scikit-learn's average precision for the chosen scorer, then over trends."""
    signal = compared.methods[0]
    method = load_method("signal", "signal")
    seen, bank = (see(method, ground.test, rows, work / "vectors") for rows in (ground.test_rows, ground.bank_rows))
    for one in variants(seen, bank, {}):
        results = list(evaluate(one.scorer, ground.trends, seeds=[5], draws=3, negatives=one.negatives))
        means = [float(np.mean([average_precision(test, 0.06) for test in result.tests])) for result in results]
        figures = next(figures for figures in signal.variants if figures.name == one.name)
        assert figures.trends == pytest.approx(means)
        assert figures.pr_auc == pytest.approx(np.mean(means))


def test_what_was_judged_is_kept(compared: Compared, ground: Ground, work: Path) -> None:
    """A second call reads results to the last digit and encodes nothing; one more method costs only itself."""
    told: list[str] = []
    again = compare(
        {**SOURCES, "chance": "untrained"}, ground, PROTOCOL, work, lambda what, _done, _all: told.append(what)
    )
    assert again.methods[:2] == compared.methods
    assert {what.split(":")[0] for what in told} == {"chance"}
    assert [one for one in again.differences if "chance" not in one.theirs] == list(compared.differences)


def test_vectors_of_a_killed_run_are_gone_on_with(ground: Ground, tmp_path: Path) -> None:
    """What was encoded is not encoded again, and the vectors are the same."""
    method = load_method("raw-pixels", "raw-pixels")
    whole = see(method, ground.test, ground.test_rows, tmp_path / "whole")
    see(method, ground.test, ground.test_rows[:20], tmp_path / "parts")
    counted: list[int] = []
    rest = see(method, ground.test, ground.test_rows, tmp_path / "parts", counted.append)
    assert sum(counted) == len(ground.test_rows) - 20
    assert np.array_equal(whole.fused.rows, rest.fused.rows)


def test_a_report_is_written_and_read(compared: Compared, ground: Ground, tmp_path: Path) -> None:
    """Markdown with its conditions, JSON that reads back, four pictures."""
    report = make_report(ground, PROTOCOL, compared, MADE)
    paths = write_report(report, tmp_path)
    assert read_report(tmp_path / "generated.json") == report
    text = (tmp_path / "generated.md").read_text(encoding="utf-8")
    assert "not those of any paper" in text
    assert "`ebr evaluate trends`" in text
    assert "## The primary score" in text
    assert "## Training" not in text
    assert "like for like" not in text
    assert ground.test.digest[:16] in text
    assert ground.test.content_digest(ground.test_rows)[:16] in text
    assert "background posts shared by all" in text
    assert sorted(path.suffix for path in paths) == [".json", ".md", ".png", ".png", ".png", ".png"]
    assert all(path.stat().st_size > 0 for path in paths)
    assert text == page(
        msgspec.json.decode(msgspec.json.encode(report), type=type(report)), [p.name for p in paths[2:]]
    )


def test_pretrained_methods_have_a_block_and_our_towers_their_budgets(compared: Compared, ground: Ground) -> None:
    """What others trained is marked as not like for like; recipes say what a tower of ours saw."""
    report = make_report(ground, PROTOCOL, compared, MADE)
    first, second = report.methods
    budget = TowerBudget(modality="text", parameters=1_234, recipe="one", steps=30, batch=32, views=2)
    said = page(
        structs.replace(
            report, methods=(structs.replace(first, budgets=(budget,)), structs.replace(second, pretrained=True))
        ),
        [],
    )
    assert "| signal | text | 1,234 | one | 30 | 32 x 2 | 960 |" in said
    assert said.index("| signal | ") < said.index("not like for like") < said.index("| raw-pixels | ")
    assert load_method("theirs", "pretrained:signal").pretrained


def test_budgets_come_from_the_recipes_beside_the_towers() -> None:
    """Of the suite that ships: every tower, with as many numbers as its weights hold; none of the signal suite."""
    budgets = budgets_of(default_suite())
    assert {budget.modality for budget in budgets} == set(find_suite(default_suite()).towers)  # type: ignore[union-attr]
    for budget in budgets:
        folder = weights_folder() / default_suite() / budget.modality
        assert budget.parameters == sum(tensor.size for tensor in load_file(folder / "weights.safetensors").values())
        assert min(budget.steps, budget.batch, budget.views) >= 1
    assert budgets_of("signal") == ()


def test_strata_are_kinds_and_the_sources_of_pictures(compared: Compared, ground: Ground) -> None:
    """The last column is the headline; generated trends have features for families, real ones sources."""
    report = make_report(ground, PROTOCOL, compared, MADE)
    titles, _, first, *_ = strata(report).splitlines()
    row = compared.methods[0].rows[0]
    assert titles.startswith("| method | visual of family-2 (1) | text (1) | audio (1) | known families (2) |")
    assert first.endswith(f"| {row.roc_auc.mean:.3f} / {row.pr_auc.mean:.3f} |")
    visual = structs.replace(report.trends[2], family="visual+shape:box")
    assert stratum_of(visual) == "visual"


def test_a_classifier_comes_as_probabilities(ground: Ground, tmp_path: Path) -> None:
    """By a file; what is no such file is refused."""
    rng = np.random.default_rng(3)
    said = rng.dirichlet(np.ones(4), len(ground.test)).astype(np.float32)
    file = PosteriorFile("c0", ("family-0", "family-0", "family-1", "other"), {ground.test.digest: said})
    write_posteriors(tmp_path / "c0.npz", file)
    (method,) = compare({"C0": str(tmp_path / "c0.npz")}, ground, PROTOCOL, tmp_path).methods
    assert [one.name for one in method.variants] == ["family", "highest", "seeds"]
    assert method.primary is None
    (tmp_path / "broken.npz").write_bytes(b"none")
    with pytest.raises(EvaluationError, match="no probabilities"):
        compare({"C0": str(tmp_path / "broken.npz")}, ground, PROTOCOL, tmp_path)
