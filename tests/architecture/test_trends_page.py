"""The page for moderators names only commands that there are, shows only pictures that are there."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "trends.md").read_text(encoding="utf-8")


def test_every_command_of_the_page_is_documented_where_it_links_to() -> None:
    """A link leads to the command that its words name."""
    headings = re.findall(r"^## (ebr.*)$", (DOCS / "commands.md").read_text(encoding="utf-8"), re.MULTILINE)
    links = re.findall(r"\[`(ebr [^`]+)`\]\(commands\.md#([a-z-]+)\)", PAGE)

    assert len(links) > 10
    anchors = {heading.replace(" ", "-"): heading for heading in headings}
    assert [(words, anchor) for words, anchor in links if not words.startswith(anchors.get(anchor, "no such"))] == []
    assert PAGE.count("](commands.md#") == len(links)


def test_every_picture_of_the_page_is_there_and_small() -> None:
    """Made by `make pictures`."""
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE)

    assert pictures
    assert [name for name in pictures if not (DOCS / name).is_file()] == []
    assert [name for name in pictures if (DOCS / name).stat().st_size > 400_000] == []
