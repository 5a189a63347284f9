"""What a classifier said of every post: the comparator that knows training's labels, but no seeds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.store import Store
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.scorers import MISSING_SCORE, Floats, Rows

_HIGHEST = " highest"


class Reading(StrEnum):
    """How a classifier that never had a trend's label is asked for the trend."""

    FAMILY = "family"
    """By all classes of the trend's parent family, which an oracle names; by the highest class where there is none."""

    HIGHEST = "highest"
    """By the highest probability of any class."""

    SEEDS = "seeds"
    """By the family that is most probable on the seeds."""


@dataclass(frozen=True, slots=True, eq=False)
class Posteriors:
    """Scores posts by the probabilities of classes.

    Attributes:
        probabilities: float32 (n, classes), rows of the corpus; a row of NaN was not classified.
        families: Of each class.
        parents: Of each row of the corpus the family of its leaf; None for background.
        reading: Of the probabilities.
        highest: float32 (n,), of any class; by default the highest of `probabilities`.
    """

    probabilities: NDArray[np.float32]
    families: tuple[str, ...]
    parents: tuple[str | None, ...]
    reading: Reading = Reading.FAMILY
    highest: NDArray[np.float32] | None = None

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts; see `Scorer`."""
        said = self.probabilities[posts].astype(np.float64)
        highest = said.max(axis=1) if self.highest is None else self.highest[posts].astype(np.float64)
        scores = np.stack([self._read(said, highest, draw) for draw in seeds])
        return np.where(np.isnan(scores), MISSING_SCORE, scores)

    def _read(self, said: NDArray[np.float64], highest: NDArray[np.float64], draw: Rows) -> NDArray[np.float64]:
        """Return the scores (m,) of posts with probabilities (m, classes), of which the highest are (m,)."""
        family = self._family(draw)
        if family is None:
            return highest
        mine = [place for place, name in enumerate(self.families) if name == family]
        whole: NDArray[np.float64] = said[:, mine].sum(axis=1)
        return whole

    def _family(self, draw: Rows) -> str | None:
        """Return the family that is asked for; None for any."""
        if self.reading is Reading.FAMILY:
            parent = self.parents[draw[0]]
            return parent if parent in self.families else None
        if self.reading is Reading.HIGHEST:
            return None
        known = self.probabilities[draw]
        known = known[~np.isnan(known).any(axis=1)]
        if not len(known):
            return None
        names = sorted(set(self.families))
        columns = np.asarray([names.index(name) for name in self.families])
        mean = np.bincount(columns, weights=known.mean(axis=0).astype(np.float64), minlength=len(names))
        return names[int(mean.argmax())]


@dataclass(frozen=True, slots=True, eq=False)
class PosteriorFile:
    """A file of probabilities: .npz without objects.

    | array | what |
    |---|---|
    | `model_id` | text, shape (): of the classifier |
    | `families` | text (classes,): the family of each class |
    | the digest of a store | float32 (n, classes), a row a post of it; NaN where it was not classified |
    | the digest with ` highest` | float32 (n,), of any class; without it the highest of the row |

    Attributes:
        model_id: Of the classifier.
        families: Of each class.
        stores: Probabilities by the digest of the store.
        highest: Those of any class, where it is not one of `families` that is the likeliest: by the digest too.
    """

    model_id: str
    families: tuple[str, ...]
    stores: Mapping[str, NDArray[np.float32]]
    highest: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def scorer(self, store: Store, reading: Reading) -> Posteriors:
        """Return the scorer of the posts of a store.

        Raises:
            EvaluationError: It has no probabilities for the store, or not so many.
        """
        said = self.stores.get(store.digest)
        if said is None or said.shape != (len(store), len(self.families)):
            raise EvaluationError(
                f"no probabilities ({len(store)}, {len(self.families)}) for the store {store.digest[:12]}"
            )
        parents = tuple(row.family for row in store.rows)
        return Posteriors(said, self.families, parents, reading, self.highest.get(store.digest))

    def digest(self) -> str:
        """Return SHA-256, in hex, of all it says."""
        digest = hashlib.sha256(f"{self.model_id} {self.families}".encode())
        for name, said in (*sorted(self.stores.items()), *sorted(self.highest.items())):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(said).tobytes())
        return digest.hexdigest()


def write_posteriors(path: Path, file: PosteriorFile) -> None:
    """Write probabilities as `read_posteriors` reads them."""
    arrays: dict[str, Any] = dict(file.stores)  # numpy takes names of arrays beside its own options
    arrays |= {name + _HIGHEST: said for name, said in file.highest.items()}
    with path.open("wb") as out:
        np.savez_compressed(out, model_id=np.asarray(file.model_id), families=np.asarray(file.families), **arrays)


def read_posteriors(path: Path) -> PosteriorFile:
    """Read probabilities.

    Raises:
        EvaluationError: The file is not there or lacks an array.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            said = {name: arrays[name] for name in arrays.files if name not in ("model_id", "families")}
            stores = {name: one for name, one in said.items() if not name.endswith(_HIGHEST)}
            highest = {name.removesuffix(_HIGHEST): said[name] for name in said.keys() - stores.keys()}
            families = tuple(str(one) for one in arrays["families"])
            return PosteriorFile(str(arrays["model_id"]), families, stores, highest)
    except (OSError, KeyError, ValueError) as error:
        raise EvaluationError(f"{path} holds no probabilities: {error}") from error
