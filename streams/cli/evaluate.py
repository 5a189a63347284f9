"""`ebr evaluate`: how well encoders find trends that they never saw."""

import shlex
from functools import partial
from pathlib import Path

import click
from click.core import ParameterSource

from encoders import suite_names
from encoders.corpus import CorpusSettings, Section
from encoders.corpus.store import Store
from encoders.corpus.storing import store_generated, store_real
from streams.bench.conditions import conditions
from streams.cli.complement import complement
from streams.cli.evaluate_options import FOLDER, bank_option, share_option, work_option
from streams.cli.operations import operations
from streams.cli.options import json_option
from streams.cli.output import say, say_json, say_table
from streams.cli.pairs import pairs
from streams.cli.posteriors import posteriors
from streams.cli.stages import Stages
from streams.cli.threshold import threshold
from streams.errors import UserError

_LIBRARIES = ("numpy", "scikit-learn", "torch", "transformers")
_GENERATED, _REAL = "generated", "real"
_OF_THIS_PLACE = ("work", "out", "as_json", "processes")
_SECTIONS = (Section.BANK, Section.DEVELOPMENT, Section.TEST)


@click.group()
def evaluate() -> None:
    """Judge encoders on trends that they never saw, and what retrieval adds to a classifier.

    \b
    Examples:
      ebr evaluate trends --corpus generated --scale 0.1
      ebr evaluate operations
    """


evaluate.add_command(complement)
evaluate.add_command(operations)
evaluate.add_command(pairs)
evaluate.add_command(posteriors)
evaluate.add_command(threshold)


@evaluate.command()
@click.option(
    "--corpus",
    type=click.Choice([_GENERATED, _REAL]),
    default=_GENERATED,
    show_default=True,
    help="Which corpus: it names the page; without --store its posts are drawn first.",
)
@click.option(
    "--media",
    type=FOLDER,
    help="Folder of Parquet files with real media, for --corpus real; none by default.",
)
@click.option(
    "--scale",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=1.0,
    show_default=True,
    help="Size of a corpus that is drawn; 1 is the full size, for which the test section has 54,000 posts.",
)
@click.option(
    "--store",
    type=FOLDER,
    help="Store with the posts under test, drawn before; default: draw one.",
)
@bank_option
@click.option(
    "--dev",
    type=FOLDER,
    help="Store with the development trends; by default the one of --store.",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    metavar="NAME=SOURCE",
    help="What to judge, the first compared with all others: a suite by name, folder or file, raw-pixels, untrained, "
    "or an .npz file with a classifier's probabilities; may be given several times; by default every suite that ships.",
)
@click.option(
    "--baselines/--no-baselines",
    default=True,
    show_default=True,
    help="Judge the signal suite, raw pixels and untrained networks beside them.",
)
@click.option(
    "--finetune",
    "tuned",
    multiple=True,
    metavar="NAME",
    help="A method of our own towers that is fine-tuned on the seeds of each trend too: a row of its own, comparator "
    "C2, with 3 draws; may be given several times; none by default.",
)
@share_option("Part of each section that takes part, the same of every trend.")
@click.option("--seeds", default="1,3,5,10,20", show_default=True, help="Numbers of seeds, with commas, 5 among them.")
@click.option("--draws", type=click.IntRange(min=1), default=20, show_default=True, help="Draws of seeds.")
@click.option(
    "--processes", type=click.IntRange(min=1), default=2, show_default=True, help="How many draw a corpus at once."
)
@work_option("Folder for stores, vectors and results; a run that was stopped goes on from there.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs/evaluation"),
    show_default=True,
    help="Folder for the page of Markdown, its JSON, its pictures.",
)
@json_option
@click.pass_context
def trends(
    context: click.Context,
    *,
    corpus: str,
    media: Path | None,
    scale: float,
    store: Path | None,
    bank: Path | None,
    dev: Path | None,
    methods: tuple[str, ...],
    baselines: bool,
    tuned: tuple[str, ...],
    share: float,
    seeds: str,
    draws: int,
    processes: int,
    work: Path,
    out: Path,
    as_json: bool,
) -> None:
    """Compare methods on the 25 test trends of a corpus; every choice is made on its development trends.

    Draws the corpus unless --store is given, encodes it by each method, scores, writes the page. All of it is kept in
    --work: the same command goes on where it was stopped, and a further --method costs only itself.

    \b
    Examples:
      ebr evaluate trends --corpus generated --scale 0.1
      ebr evaluate trends --corpus real --media my-parquet-files
      ebr evaluate trends --store st/test --bank st/bank --dev st/dev --method ours=my-suite --method clip=clip-suite
    """
    from encoders import evaluation  # noqa: PLC0415 - loads scikit-learn, for which `ebr --help` would wait

    numbers = _numbers(seeds)
    sources = _sources(methods, baselines=baselines)
    if store is None:
        test, trial, strangers = _drawn(corpus, media, scale, work / "stores", processes)
    else:
        test = Store(store)
        trial, strangers = (test if other is None else Store(other) for other in (dev, bank))
    ground = evaluation.Ground(test, trial, strangers, share)
    protocol = evaluation.Protocol(seeds=numbers, draws=draws)
    with Stages() as watch:
        compared = evaluation.compare(sources, ground, protocol, work, watch, tuned=tuned)
    known = conditions(_LIBRARIES)
    made = evaluation.Made(
        corpus=corpus,
        command=_command(context),
        commit=known.commit,
        machine=known.machine,
        versions=known.versions,
    )
    report = evaluation.make_report(ground, protocol, compared, made)
    paths = evaluation.write_report(report, out)
    if as_json:
        say_json({"files": [str(path) for path in paths], "differences": report.differences})
        return
    say_table(
        ("method", "scorer", "ROC-AUC", "PR-AUC", "low", "high"),
        [
            (row.name, row.variant, row.roc_auc.mean, row.pr_auc.mean, row.pr_auc.low, row.pr_auc.high)
            for method in report.methods
            for row in method.rows
        ],
    )
    say("\n".join(str(path) for path in paths))


def _command(context: click.Context) -> str:
    """Return the command as others would give it: with the names of stores and suites, not where they lie here."""
    from encoders.evaluation import source_name  # noqa: PLC0415 - as above

    words = ["ebr", "evaluate", "trends"]
    for option in context.command.params:
        name = str(option.name)
        if name in _OF_THIS_PLACE or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        given = context.params[name]
        if isinstance(given, bool):
            words.append(option.opts[0] if given else option.secondary_opts[0])
            continue
        for value in given if isinstance(given, tuple) else (given,):
            method, equals, source = str(value.resolve() if isinstance(value, Path) else value).rpartition("=")
            words += [option.opts[0], f"{method}{equals}{source_name(source)}"]
    return shlex.join(words)


def _drawn(corpus: str, media: Path | None, scale: float, folder: Path, processes: int) -> tuple[Store, Store, Store]:
    """Draw test, development and bank, or go on with them."""
    if (corpus == _REAL) != (media is not None):
        raise UserError("--corpus real is drawn out of --media, and no other corpus is")
    settings = CorpusSettings().scaled(scale) if scale < 1 else CorpusSettings()
    stores = {}
    for section in _SECTIONS:
        place = folder / f"{corpus}-{scale:g}" / section
        with Stages() as watch:
            told = partial(watch, f"drawing {section}")
            if media is None:
                stores[section] = store_generated(place, settings, [section], processes=processes, progress=told)
            else:
                stores[section] = store_real(place, media, settings, [section], processes=processes, progress=told)
    return stores[Section.TEST], stores[Section.DEVELOPMENT], stores[Section.BANK]


def _sources(words: tuple[str, ...], *, baselines: bool) -> dict[str, str]:
    """Return sources by name.

    Raises:
        UserError: A name stands twice, or nothing is left.
    """
    from encoders.evaluation import BASELINES, source_name  # noqa: PLC0415 - as above

    shipped = [name for name in suite_names() if name not in BASELINES]
    out: dict[str, str] = {}
    for word in words or shipped:
        name, equals, source = word.partition("=")
        name, source = (name, source) if equals else (source_name(word), word)
        if name in out:
            raise UserError(f"--method {name} stands twice")
        out[name] = source
    for name in BASELINES if baselines else ():
        if name not in out.values():
            out.setdefault(name, name)
    if not out:
        raise UserError("--method: nothing to judge")
    return out


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(sorted({int(word) for word in text.split(",")}))
    except ValueError as error:
        raise UserError(f"--seeds: {text} is no list of numbers with commas") from error
    if numbers[0] < 1 or 5 not in numbers:
        raise UserError("--seeds: whole numbers from 1, with 5 among them")
    return numbers
