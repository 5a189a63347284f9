"""Settings: from the environment, within limits, with faults that name the variable."""

from pathlib import Path

import pytest

from streams.errors import SettingsError
from streams.settings import Settings, load_settings


def test_defaults_need_no_environment() -> None:
    """A laptop with a local broker needs no variable at all."""
    settings = load_settings()

    assert settings.kafka.prefix == "ebr"
    assert settings.media.allowed_roots == []


def test_a_variable_sets_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """EBR_<GROUP>__<FIELD>, lists as JSON."""
    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "12")
    monkeypatch.setenv("EBR_MEDIA__ALLOWED_ROOTS", '["/srv/a", "/srv/b"]')

    settings = load_settings()

    assert settings.kafka.partitions == 12
    assert settings.media.allowed_roots == [Path("/srv/a"), Path("/srv/b")]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("EBR_KAFKA__PARTITIONS", "0"),
        ("EBR_KAFKA__PARTITIONS", "many"),
        ("EBR_KAFKA__PREFIX", "a.b"),
        ("EBR_KAFKA__PREFIX", ""),
        ("EBR_LOG__LEVEL", "loud"),
        ("EBR_MEDIA__MAX_MEMORY_BYTES", "1"),
        ("EBR_KAFKA__PARTITION", "4"),
    ],
)
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A misspelt field is a fault too: silently ignored it would be worse."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match=variable):
        load_settings()


def test_a_list_that_is_no_json_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commonest mistake with lists is to leave out the brackets."""
    monkeypatch.setenv("EBR_MEDIA__ALLOWED_ROOTS", "/srv/videos")

    with pytest.raises(SettingsError, match=r"EBR_MEDIA__.*JSON"):
        load_settings()


def test_sasl_without_a_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the first connection would fail with the library's words."""
    monkeypatch.setenv("EBR_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("EBR_KAFKA__SASL_USERNAME", "ebr")

    with pytest.raises(SettingsError, match="EBR_KAFKA__SASL_PASSWORD"):
        load_settings()


def test_a_password_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings end up in logs."""
    monkeypatch.setenv("EBR_KAFKA__SASL_PASSWORD", "hunter2")

    assert "hunter2" not in repr(load_settings())


def test_every_setting_is_described() -> None:
    """The reference page is made of these words."""
    schema = Settings.model_json_schema()

    undescribed = [
        f"{group}.{name}"
        for group, definition in schema["$defs"].items()
        for name, field in definition["properties"].items()
        if not field.get("description")
    ]
    assert undescribed == []
