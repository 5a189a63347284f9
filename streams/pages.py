"""A report as files: a page of Markdown, its data, its picture."""

from collections.abc import Callable
from pathlib import Path

import msgspec


def write_page(
    folder: Path, name: str, *, text: str, data: msgspec.Struct, draw: Callable[[Path], None]
) -> tuple[Path, ...]:
    """Write a report.

    Args:
        folder: Made if it is not there.
        name: Of the files, without their endings.
        text: The page, beside which the picture lies.
        data: All that was found.
        draw: Writes the picture to where it is told.

    Returns:
        The files: Markdown, JSON, picture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, figures, picture = (folder / f"{name}.{ending}" for ending in ("md", "json", "png"))
    draw(picture)
    page.write_text(text, encoding="utf-8")
    figures.write_bytes(msgspec.json.encode(data) + b"\n")
    return page, figures, picture
