"""The Java runtime, with the two of Kafka's programs that the broker needs."""

import re
import shutil
import subprocess
from pathlib import Path

from streams.broker.errors import BrokerFailed, JavaMissing

# Kafka 4 runs on nothing older.
JAVA_AT_LEAST = 17
# Formatting takes 2 s on two busy cores.
FORMAT_TIMEOUT_SECONDS = 120.0


def find_java() -> str:
    """Return the path of a Java that can run Kafka.

    Raises:
        JavaMissing: there is none, or it is too old.
    """
    java = shutil.which("java")
    if java is None:
        raise JavaMissing
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    if found is None or int(found[1]) < JAVA_AT_LEAST:
        raise JavaMissing(
            f"{java} is no Java {JAVA_AT_LEAST} or later: {(answer.stderr or answer.stdout).strip()[:200]}"
        )
    return java


def server_command(java: str, jars: Path, properties: Path, logging: Path, heap_mb: int) -> list[str]:
    """Return the command that runs the Kafka server.

    Args:
        java: Path of the runtime.
        jars: Folder with the Kafka jars.
        properties: `server.properties`.
        logging: The log4j configuration.
        heap_mb: Largest Java heap in MB.
    """
    options = [f"-Xmx{heap_mb}m", "-XX:+ExitOnOutOfMemoryError", f"-Dlog4j2.configurationFile={logging}"]
    return [java, *options, "-cp", f"{jars}/*", "kafka.Kafka", str(properties)]


def format_storage(java: str, jars: Path, properties: Path, cluster_id: str, output: Path) -> None:
    """Format the data folder that the properties name.

    Args:
        java: Path of the runtime.
        jars: Folder with the Kafka jars.
        properties: `server.properties` of the node.
        cluster_id: 22 signs of URL-safe base64: a UUID.
        output: File that what the program says is appended to.

    Raises:
        BrokerFailed: the program failed; its words are in the error and in `output`.
    """
    command = [java, "-Xmx256m", "-cp", f"{jars}/*", "kafka.tools.StorageTool", "format", "--standalone"]
    # With an equals sign: one id in 64 begins with a dash, which would be taken for an option.
    command += [f"--cluster-id={cluster_id}", "--config", str(properties)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=FORMAT_TIMEOUT_SECONDS,
    )
    with output.open("a") as log:
        log.write(done.stdout)
    if done.returncode != 0:
        raise BrokerFailed("the data folder could not be formatted", output, done.stdout[-2_000:])
