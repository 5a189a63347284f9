"""The cache of Kafka jars, filled by Maven from one small pom.xml."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from streams.broker.errors import JarsMissing

# Maven fetches 54 MB; a slow line may take minutes, a hung one must not take for ever.
FETCH_TIMEOUT_SECONDS = 900.0


def pom_file() -> Path:
    """Return the pom.xml that names the jars: shipped beside this module, or `deploy/broker/` of a checkout."""
    shipped = Path(__file__).with_name("pom.xml")
    return shipped if shipped.exists() else Path(__file__).parents[2] / "deploy" / "broker" / "pom.xml"


def default_folder() -> Path:
    """Return the folder of the jars in the user's cache; its name follows the content of the pom.xml."""
    digest = hashlib.sha256(pom_file().read_bytes()).hexdigest()[:12]
    return Path.home() / ".cache" / "ebr" / f"kafka-jars-{digest}"


def fetch_jars(folder: Path | None = None) -> Path:
    """Return the folder with the Kafka jars, fetching them first where it is not there.

    The folder appears whole or not at all: Maven fills a neighbor of it, which is then renamed.

    Args:
        folder: Where they are or shall be; by default a folder of the user's cache. One that exists is taken as it is,
            so that a machine without Maven can be given the jars by hand.

    Raises:
        JarsMissing: Maven is not installed, or could not fetch them; the message says what to do.
    """
    folder = (folder or default_folder()).absolute()
    if any(folder.glob("*.jar")):
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise JarsMissing(folder, "Maven would fetch them; run `make setup`, or have maven installed and try again")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as partial:
        jars = Path(partial) / "jars"
        _copy_dependencies(maven, jars, folder)
        try:
            jars.rename(folder)
        except OSError:  # another process was faster: its jars are the same
            if not any(folder.glob("*.jar")):
                raise
    return folder


def _copy_dependencies(maven: str, jars: Path, folder: Path) -> None:
    # --strict-checksums: a jar damaged on its way is an error, not a warning.
    command = [maven, "--batch-mode", "--quiet", "--strict-checksums", "--file", str(pom_file())]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=FETCH_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise JarsMissing(folder, f"Maven took more than {FETCH_TIMEOUT_SECONDS:.0f} s to fetch them") from error
    if done.returncode != 0 or not any(jars.glob("*.jar")):
        raise JarsMissing(folder, f"Maven could not fetch them (status {done.returncode}):\n{done.stdout[-2_000:]}")
