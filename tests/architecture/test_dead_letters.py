"""The page of dead letters lists every reason that the code can give."""

import re
from pathlib import Path

from encoders.errors import MediaReason
from streams.fetch import SourceReason

ROOT = Path(__file__).parents[2]
REASON_IN_CODE = re.compile(r"""(?:PoisonError|BadMessage)\(\s*"(\w+)"|reason="([a-z]+_[a-z_]+)",\n\s+path=""")
REASON_IN_PAGE = re.compile(r"`(\w+)`")


def test_every_reason_is_on_the_page_and_no_other() -> None:
    """Whoever meets a reason must be able to look it up."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "streams").rglob("*.py")]
    literal = {one or other for source in sources for one, other in REASON_IN_CODE.findall(source)}
    given = literal | {reason.value for reason in SourceReason} | {reason.value for reason in MediaReason}

    page = (ROOT / "docs/dead-letters.md").read_text(encoding="utf-8")
    first_cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    listed = {reason for cell in first_cells for reason in REASON_IN_PAGE.findall(cell)}

    assert "retention_gap" in given
    assert listed == given
