"""One measurement of a suite, written down as it goes on."""

from pathlib import Path

import msgspec

from streams.bench.conditions import conditions
from streams.bench.encoding.course import Tell, measure
from streams.bench.encoding.figures import EncodeFigures
from streams.bench.encoding.plot import draw
from streams.bench.encoding.report import EncodeReport, encode_markdown
from streams.bench.encoding.request import EncodeRequest

_LIBRARIES = ("numpy", "torch", "onnxruntime", "pillow", "scipy")


def write_pages(request: EncodeRequest, out: Path, command: str, tell: Tell) -> str:
    """Measure a suite; write encode.json, encode.md whenever there are more figures, encode.png at the end.

    Args:
        request: What.
        out: The folder, which is there.
        command: By which it was asked for.
        tell: Told what happens.

    Returns:
        The page in Markdown.
    """
    now = conditions(_LIBRARIES)

    def keep(figures: EncodeFigures) -> None:
        report = EncodeReport(command=command, conditions=now, figures=figures)
        (out / "encode.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
        (out / "encode.md").write_text(encode_markdown(report), encoding="utf-8")

    draw(out / "encode.png", measure(request, out, tell, keep))
    return (out / "encode.md").read_text(encoding="utf-8")
