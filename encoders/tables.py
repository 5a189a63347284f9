"""Figures as a table of Markdown."""

from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under their titles; what would end a cell becomes a slash."""
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    lines += [f"| {' | '.join(value.replace('|', '/') for value in row)} |" for row in rows]
    return "\n".join(lines)
