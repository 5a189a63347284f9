"""Every source of posts by what a recipe says."""

from collections.abc import Iterable
from pathlib import Path

from encoders.modality import Modality
from encoders.training.config import GeneratedData, Recipe, StoreData
from encoders.training.dataset import Posts
from encoders.training.errors import DataMissing
from encoders.training.generated import generated_posts
from encoders.training.parquet import parquet_posts
from encoders.training.stored import stored_posts


def load_posts(recipe: Recipe, modalities: Iterable[Modality], folder: Path | None) -> tuple[Posts, Posts]:
    """Find the posts of a recipe.

    Args:
        recipe: Whose `data` says which.
        modalities: What its towers eat.
        folder: Of Parquet files or stores; None where there is none.

    Returns:
        Posts to learn from; posts of leaves that are held out, labelled from 0 for themselves.

    Raises:
        CorpusTooSmall: Not so many leaves.
        DataMissing: The recipe reads files, but they are not there or no such files.
    """
    if isinstance(recipe.data, GeneratedData):
        return generated_posts(recipe.data, modalities)
    if folder is None:
        raise DataMissing("this recipe reads files; say in which folder they are")
    if isinstance(recipe.data, StoreData):
        return stored_posts(recipe.data, modalities, folder)
    return parquet_posts(recipe.data, modalities, folder)
