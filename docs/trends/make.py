"""Make the pictures of docs/trends.md again: its commands, one after another, on a local Kafka with generated posts.

    .venv/bin/python docs/trends/make.py [--posts 120] [--keep FOLDER]

What is decided is what the generator knows to be true, so that the pictures show a good moderator. It takes minutes.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from encoders import default_suite, load_fusion
from encoders.corpus import Role, Truth, read_truth
from streams.cli.main import main
from streams.client import log_ranges
from streams.demo.suite import rules_of
from streams.settings import load_settings
from streams.wire.topics import Topic

HERE = Path(__file__).parent
# As long as a busy machine may need for everything that one step asks for.
LONGEST_SECONDS = 1_800.0


def ebr(*words: str, quiet: bool = False) -> str:
    """Run a command as a person does; show it with what it says; return its answer."""
    print(f"\n$ ebr {' '.join(words)}", flush=True)
    said = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(said, encoding="utf-8", write_through=True)) as kept:
        code = main(words)
        kept.detach()
    text = said.getvalue().decode()
    if not quiet:
        print(text, end="", flush=True)
    print(f"(exit code {code})", flush=True)
    return text


def wait_until_held(count: int) -> None:
    """Return when so many posts became embeddings, or dead letters: some of a corpus are damaged."""
    until = time.monotonic() + LONGEST_SECONDS
    done = -1
    while time.monotonic() < until:
        before, done = done, records(Topic.VIDEO_EMBEDDINGS) + records(Topic.DEAD_LETTERS)
        if done != before:
            print(f"{done} of {count} posts are through", flush=True)
        if done >= count:
            return
        time.sleep(2)
    raise SystemExit(f"only {done} of {count} posts came through within {LONGEST_SECONDS:g} s")


def records(topic: Topic) -> int:
    """Return how many records lie in a topic."""
    return sum(end - first for first, end in asyncio.run(log_ranges(load_settings(), topic)).values())


def environment(folder: Path) -> None:
    """Point this process and the workers to an installation of their own in a folder."""
    os.environ |= {
        "EBR_BROKER__FOLDER": str(folder / "broker"),
        "EBR_KAFKA__PREFIX": "pictures",
        "EBR_KAFKA__PARTITIONS": "2",
        "EBR_MEDIA__ALLOWED_ROOTS": json.dumps([str(folder)]),
        "EBR_WORKER__DATA_FOLDER": str(folder / "worker"),
        "EBR_LOG__LEVEL": "warning",
        "EBR_TRENDS__CALIBRATION_DECISIONS": "10",  # a corpus is small
        "EBR_ENCODERS__SUITE": os.environ.get("EBR_ENCODERS__SUITE", default_suite()),
    }


def write_trends(folder: Path, name: str, seeds: Sequence[Truth]) -> Path:
    """Write the file that declares one trend as a draft, with its seeds."""
    rule = rules_of(load_settings().encoders, folder, print).rule(seeds[0].family)
    lines = [
        f"[trends.{name}]",
        'state = "draft"',
        f"threshold = {rule.threshold}",
        f'score_kind = "{rule.score_kind}"',
        f'seed_pooling = "{rule.seed_pooling}"',
    ]
    for seed in seeds:
        lines += [f"[trends.{name}.seeds.{seed.id}]", f'media = "corpus/{seed.path}"']
    path = folder / "trends.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def publish(folder: Path, truths: list[Truth]) -> int:
    """Publish every post that is no seed; return how many."""
    lines = []
    for truth in truths:
        if truth.role is not Role.SEED:
            uri = (folder / "corpus" / truth.path).resolve().as_uri()
            event = {
                "type": "VideoPublished",
                "schema_version": 1,
                "video_id": truth.id,
                "revision": 1,
                "media_uri": uri,
            }
            lines.append(json.dumps(event | ({"caption": truth.caption} if truth.caption else {})))
    path = folder / "events.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ebr("produce", str(path))
    return len(lines)


def life(folder: Path, posts: int) -> None:
    """Lead one trend from its draft to its end."""
    if not (folder / "corpus").exists():
        ebr("generate", str(folder / "corpus"), "--posts", str(posts), "--trends", "4")
    truths = list(read_truth(folder / "corpus"))
    true = next(truth.trend for truth in truths if truth.role is Role.SEED)
    seeds = [truth for truth in truths if truth.role is Role.SEED and truth.trend == true]
    positives = {truth.id for truth in truths if truth.role is Role.POSITIVE and truth.trend == true}
    trend = re.sub(r"^trend-\d+-", "", true or "")
    wait = ("--wait", "--timeout", "600")
    file = str(write_trends(folder, trend, seeds))
    wait_until_held(publish(folder, truths))
    ebr("trend", "apply", "-f", file)
    ebr("trend", "apply", "-f", file, "--yes", *wait)
    ebr("trend", "apply", "-f", file, "--yes")
    ebr("trend", "preview", trend, *wait, "--out", str(folder / "preview.png"))
    ebr("trend", "change", trend, "--state", "shadow", "--reason", "to be watched", *wait)
    ebr("actions", "tail", "--shadow", "--limit", "3")
    ebr("trend", "change", trend, "--state", "live", "--reason", "looks right", *wait)
    rejected = decide(trend, positives)
    ebr("trend", "report", trend, "--out", str(folder / "report"))
    ebr("trend", "backtest", trend, "--threshold", "0.78", "--out", str(folder / "backtest.png"))
    for action_id in rejected:
        ebr("seed", "promote", action_id, "--yes", *wait)
    ebr("trend", "change", trend, "--threshold", "0.72", "--reason", "two nearest misses belong to it", *wait)
    ebr("trend", "list")
    ebr("trend", "lineage", trend)
    ebr("trend", "retire", trend, "--revoke", "--reason", "over", *wait)
    ebr("trend", "lineage", trend)
    for picture in (folder / "preview.png", folder / "report" / "report.png", folder / "backtest.png"):
        keep(picture)


def decide(trend: str, positives: set[str]) -> list[str]:
    """Rule on every action as the generator knows it to be; return those that were rejected."""
    said = ebr("actions", "tail", "--trend", trend, "--json", quiet=True)
    verdicts = {
        action["action_id"]: "confirm" if action["video_id"] in positives else "reject"
        for action in map(json.loads, said.splitlines())
    }
    for action_id, verdict in verdicts.items():
        ebr("decision", "record", action_id, verdict, "--reviewer", "moderator-1", quiet=True)
    return [action_id for action_id, verdict in verdicts.items() if verdict == "reject"]


def keep(picture: Path) -> None:
    """Put a picture beside this file, in few colours: it is looked at in a browser."""
    Image.open(picture).convert("RGB").quantize(96).save(HERE / picture.name, optimize=True)


def run() -> None:
    """Start what is needed, lead the life of a trend, stop it all."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--posts", type=int, default=120)
    arguments.add_argument("--keep", type=Path, help="work here, and keep it")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        environment(folder)
        load_fusion(os.environ["EBR_ENCODERS__SUITE"])  # before anything is started: is it there?
        started = json.loads(ebr("broker", "start", "--port", "0", "--json"))
        os.environ["EBR_KAFKA__BOOTSTRAP_SERVERS"] = started["bootstrap_servers"]
        ebr("topics", "create", quiet=True)
        with (folder / "workers.log").open("wb") as log:
            command = [sys.executable, "-m", "streams.cli.main", "worker", "--role", "all"]
            workers = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                life(folder, chosen.posts)
            finally:
                workers.send_signal(signal.SIGTERM)
                workers.wait(60)
                ebr("broker", "stop")


if __name__ == "__main__":
    run()
