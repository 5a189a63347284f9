"""A demo uses the cluster that somebody chose, and only then."""

from pathlib import Path

import pytest

from encoders.corpus import ShownSettings
from streams.demo.cluster import at, demo_cluster, names_cluster
from streams.demo.corpus import planning
from streams.errors import UserError
from streams.settings import load_settings


def test_only_a_chosen_cluster_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default address may be anybody's; another variable chooses no cluster."""
    assert not names_cluster(load_settings())
    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "2")
    assert not names_cluster(load_settings())
    monkeypatch.setenv("EBR_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    assert names_cluster(load_settings())


def test_what_else_was_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password, a number of partitions."""
    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "2")
    monkeypatch.setenv("EBR_KAFKA__SASL_PASSWORD", "secret")
    there = at(load_settings(), "127.0.0.1:1", "demo-1").kafka
    assert (there.bootstrap_servers, there.prefix, there.partitions) == ("127.0.0.1:1", "demo-1", 2)
    assert there.sasl_password is not None
    assert there.sasl_password.get_secret_value() == "secret"


def test_two_demos_on_one_cluster_do_not_meet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each has a prefix that nobody uses; no broker is started beside the chosen one."""
    monkeypatch.setenv("EBR_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    settings, folder = load_settings(), tmp_path / "broker"
    with demo_cluster(settings, folder, keep=False) as one, demo_cluster(settings, folder, keep=False) as two:
        assert one.kafka.prefix != two.kafka.prefix
    assert not (tmp_path / "broker").exists()


def test_a_corpus_that_cannot_be_made_is_the_users_mistake(tmp_path: Path) -> None:
    """Too few posts for so many trends."""
    shown = ShownSettings(posts=8, trends=4)
    with planning(tmp_path, shown, lambda _done, _posts: None) as plan, pytest.raises(UserError, match="posts"):
        plan.result()
