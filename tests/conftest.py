"""What every test may ask for: a clean environment, the real broker of the run, a fresh prefix."""

import logging
import os
import uuid
from collections.abc import Generator, Iterator

import hypothesis  # noqa: F401  # its plugin may be imported first in the summary, which Python 3.11.7 cannot compile there
import pytest
import structlog

from tests.support.kafka import RunningKafka, running_kafka

# Which Kafka the run meets: see running_kafka(). Read before the environment is cleaned.
BROKER_CHOICE = "EBR_TEST_BROKER"


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """Hide the settings of whoever runs the tests: each test sets what it needs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("EBR_") and name != BROKER_CHOICE:
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """Undo what a command that ran in this process set up: its stream ends with the test."""
    handlers = logging.getLogger().handlers[:]
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKafka]:
    """Return the one real broker of the run. A test that ends or kills a broker starts a LocalBroker of its own."""
    with running_kafka(os.environ.get(BROKER_CHOICE, ""), tmp_path_factory.mktemp("broker")) as kafka:
        yield kafka


@pytest.fixture
def prefix() -> str:
    """Return a namespace that no other test uses, for topics, groups and transactional ids."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skipped test fail in CI, where nothing may be left out."""
    report = yield
    if _forbidden(report.outcome) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI forbids: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let a skipped module fail in CI too."""
    report = yield
    if _forbidden(report.outcome):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI forbids: {report.longrepr}"
    return report


def _forbidden(outcome: str) -> bool:
    return outcome == "skipped" and os.environ.get("CI") == "true"
