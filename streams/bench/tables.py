"""Figures as cells of a Markdown table."""


def cell(value: object, form: str) -> str:
    """Return a value in its form, a dash for what was not measured."""
    return "-" if value is None else form.format(value)


def milliseconds(seconds: float | None) -> str:
    """Return a time in milliseconds, three digits of it."""
    if seconds is None:
        return "-"
    value = seconds * 1e3
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def mebibytes(count: int | None) -> str:
    """Return an amount of memory in MiB."""
    return "-" if count is None else f"{count / 2**20:,.0f}"
