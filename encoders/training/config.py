"""A recipe: everything that decides how a run goes, as frozen values."""

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from encoders.towers.build import TowerSpec, modality_of
from encoders.training.augment import Augment
from encoders.training.errors import OutOfRange, RecipeError, check_range
from encoders.training.losses import AnyTerm, ClipTerm, MocoTerm

RECIPES = Path(__file__).parent / "recipes"
"""The recipes that ship; each can be named without its folder and ending."""

_AT = re.compile(r"(?P<reason>.*) - at `\$\.?(?P<field>[^`]*)`")


class GeneratedData(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="generated", tag_field="kind"
):
    """Posts of the generated corpus, drawn in memory.

    Attributes:
        leaves: Trends to learn from.
        held_out: Trends that are drawn with them, kept apart and measured at the end.
        posts: Of each trend.
        loose: Posts of no trend.
        seed: Root of their chance.
    """

    leaves: int = 8
    held_out: int = 4
    posts: int = 24
    loose: int = 0
    seed: int = 7

    def __post_init__(self) -> None:
        """Check the limits; the vocabularies hold about 40 trends apart."""
        check_range("data.leaves", self.leaves, 2, 40)
        check_range("data.held_out", self.held_out, 0, 20)
        check_range("data.posts", self.posts, 2, 10_000)
        check_range("data.loose", self.loose, 0, 1_000_000)
        check_range("data.seed", self.seed, 0, float("inf"))


class ParquetData(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="parquet", tag_field="kind"
):
    """Posts of Parquet files, whose folder the caller knows.

    Attributes:
        files: Their names.
        held_out: Leaves that are kept apart and measured at the end.
        loose_labels: Labels that are no leaf, such as those of what is outside all.
        seed: Root of the choice of leaves that are held out.
    """

    files: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    held_out: Annotated[int, msgspec.Meta(ge=0)] = 0
    loose_labels: tuple[str, ...] = ()
    seed: Annotated[int, msgspec.Meta(ge=0)] = 7

    def __post_init__(self) -> None:
        """Refuse what is no name of a file."""
        for name in self.files:
            if Path(name).name != name:
                raise RecipeError(None, "data.files", f"{name!r} is no name of a file")


class StoreData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="store", tag_field="kind"):
    """Training posts of stores, whose folder the caller knows; each aspect of a post is a label of its own.

    Attributes:
        stores: Names of folders in it, as `encoders.corpus.store` describes them.
        licences: Only posts all of whose licences are among these; empty for all.
        share: Of the rows of each store, from its beginning in an even order.
        held_out: Share of what was taken that is not learned from, to measure what towers make of unseen posts.
        label_words: Whether the words of a post are its caption with those of its labels, for losses that use words in
            the place of labels.
    """

    stores: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    licences: tuple[str, ...] = ()
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    held_out: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.0
    label_words: bool = False


class LeafSampling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="leaf", tag_field="kind"):
    """Batches of P leaves with K posts each, see `LeafSampler`."""

    leaves: Annotated[int, msgspec.Meta(ge=1)]
    posts: Annotated[int, msgspec.Meta(ge=1)]
    loose: Annotated[int, msgspec.Meta(ge=0)] = 0


class EvenSampling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="even", tag_field="kind"):
    """Batches of any posts, see `EvenSampler`."""

    size: Annotated[int, msgspec.Meta(ge=1)]


class Projection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The two layers between features and the sphere on which most losses are taken; thrown away after training.

    Source: Chen et al., SimCLR, arXiv 2002.05709, section 4.2.
    """

    hidden: Annotated[int, msgspec.Meta(ge=4, le=8_192)] = 256
    dimension: Annotated[int, msgspec.Meta(ge=4, le=2_048)] = 128


class Optimiser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """AdamW (Loshchilov and Hutter, arXiv 1711.05101) with warm-up and cosine.

    Attributes:
        rate: Learning rate at its peak.
        decay: Of weights with two dimensions or more; norms and biases have none.
        warmup: Steps up to the peak.
        floor: Of the rate at the end, as a share of the peak.
        clip_norm: Longest gradient; a longer one is shortened.
    """

    rate: float = 1e-3
    decay: float = 1e-2
    warmup: int = 10
    floor: float = 0.0
    clip_norm: float = 1.0

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("optimiser.rate", self.rate, 0, 1, open_low=True)
        check_range("optimiser.decay", self.decay, 0, 1)
        check_range("optimiser.warmup", self.warmup, 0, float("inf"))
        check_range("optimiser.floor", self.floor, 0, 1)
        check_range("optimiser.clip_norm", self.clip_norm, 0, float("inf"), open_low=True)


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run.

    Attributes:
        name: Of the model; a word.
        towers: At least one, each of another modality.
        losses: At least one; the sum of all is learned.
        sampling: How batches are made.
        steps: How many.
        seed: Root of all chance of the run.
        views: Augmented views of a post in a batch, 1 or 2.
        queue: Vectors of earlier batches that are kept a tower; 0 keeps none.
        bf16: Whether towers run in bfloat16; losses never do.
        checkpoint_every: Steps between checkpoints: what a kill costs at most.
        data: What is learned from.
        augment: What happens to it.
        projection: After each tower.
        optimiser: How weights move.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    towers: Annotated[tuple[TowerSpec, ...], msgspec.Meta(min_length=1, max_length=3)]
    losses: Annotated[tuple[AnyTerm, ...], msgspec.Meta(min_length=1)]
    sampling: LeafSampling | EvenSampling
    steps: Annotated[int, msgspec.Meta(ge=1)]
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    views: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    queue: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    bf16: bool = False
    checkpoint_every: Annotated[int, msgspec.Meta(ge=1)] = 100
    data: GeneratedData | ParquetData | StoreData = GeneratedData()
    augment: Augment = Augment()
    projection: Projection = Projection()
    optimiser: Optimiser = Optimiser()

    def __post_init__(self) -> None:
        """Check what no field can know alone."""
        check_range("optimiser.warmup", self.optimiser.warmup, 0, self.steps - 1)
        if len({modality_of(tower) for tower in self.towers}) < len(self.towers):
            raise RecipeError(None, "towers", "each must be of another modality")
        for term in self.losses:
            if isinstance(term, MocoTerm) and (self.views < 2 or self.queue < 1):
                raise RecipeError(None, "losses", "moco needs views = 2 and a queue")
            if isinstance(term, ClipTerm) and len(self.towers) < 2:
                raise RecipeError(None, "losses", "clip needs two towers")

    @property
    def digest(self) -> str:
        """SHA-256 over every value, in hex: two recipes with one digest are one run."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def read_recipe(where: str | Path) -> Recipe:
    """Read a recipe.

    A recipe that says `extends = NAME` has all values of that recipe, which ships or lies beside it, but those at its
    top level that it says itself: so comparisons differ in what they compare and in nothing else.

    Args:
        where: A TOML file, or the name of a recipe that ships.

    Returns:
        The recipe, every limit checked.

    Raises:
        RecipeError: It cannot be read, has a field that is not known, or one outside its limits; names file and field.
    """
    path = Path(where)
    shipped = RECIPES / f"{where}.toml"
    if not path.is_file() and path.name == str(where) and shipped.is_file():
        path = shipped
    try:
        return msgspec.convert(_values(path), Recipe)
    except FileNotFoundError as error:
        raise RecipeError(path, "file", f"not there; recipes that ship: {', '.join(shipped_recipes())}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(path, "file", str(error)) from error
    except OutOfRange as error:
        raise RecipeError(path, error.field, f"must be {error.limit}, got {error.value}") from error
    except RecipeError as error:
        raise RecipeError(path, error.field, error.reason) from error
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        field, reason = (found["field"], found["reason"]) if found else ("", str(error))
        raise RecipeError(path, field or "recipe", reason) from error


def _values(path: Path) -> dict[str, object]:
    """Return what a file says, over what it extends; a recipe that is extended extends none."""
    own = tomllib.loads(path.read_text(encoding="utf-8"))
    name = own.pop("extends", None)
    if name is None:
        return own
    found = [folder / f"{name}.toml" for folder in (path.parent, RECIPES) if (folder / f"{name}.toml").is_file()]
    if not found or Path(str(name)).name != name:
        raise RecipeError(None, "extends", f"there is no recipe {name!r} beside it, nor one that ships")
    return tomllib.loads(found[0].read_text(encoding="utf-8")) | own


def shipped_recipes() -> tuple[str, ...]:
    """Return the names of the recipes that ship, ascending."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.toml")))
