"""Under which conditions a measurement was made."""

from importlib.metadata import PackageNotFoundError, version

import msgspec

from streams.demo.conditions import commit, machine


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Code, machine, versions.

    Attributes:
        commit: With `+changes` where files differ from it; None outside a checkout.
        machine: What the numbers depend on.
        versions: Of the libraries, by distribution; None where it is not installed.
    """

    commit: str | None
    machine: dict[str, object]
    versions: dict[str, str | None]

    def sentence(self) -> str:
        """Return the conditions in one sentence."""
        m = self.machine
        memory = int(str(m["memory_bytes"])) / 2**30
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items() if number)
        head, plus, _ = (self.commit or "unknown").partition("+")
        return (
            f"Commit {head[:7]}{' with changes' if plus else ''}, "
            f"{m['processor']}, {m['cores']} cores, {memory:.0f} GiB, {m['system']}, Python {m['python']}; {versions}."
        )


def conditions(distributions: tuple[str, ...]) -> Conditions:
    """Return the conditions of now, with the versions of some distributions."""
    return Conditions(commit=commit(), machine=machine(), versions={name: _version(name) for name in distributions})


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
