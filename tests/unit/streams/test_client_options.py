"""What the settings say reaches every client."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from streams.client import client_options, group_name, sasl_password, transactional_id
from streams.errors import SettingsError
from streams.settings import KafkaSettings


def test_plain_text_needs_nothing_but_servers() -> None:
    """The default of a laptop."""
    options = client_options(KafkaSettings(bootstrap_servers="k1:1,k2:2"))

    assert options == {"bootstrap_servers": "k1:1,k2:2", "security_protocol": "PLAINTEXT", "ssl_context": None}


def test_sasl_over_tls_carries_user_password_mechanism_and_a_verifying_context() -> None:
    """A cluster elsewhere is reached by the same variables."""
    kafka = KafkaSettings(security_protocol="SASL_SSL", sasl_username="ebr", sasl_password=SecretStr("secret"))

    options = client_options(kafka)

    assert options["sasl_plain_username"] == "ebr"
    assert options["sasl_plain_password"] == "secret"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["ssl_context"].check_hostname


def test_a_password_file_wins_over_the_variable(tmp_path: Path) -> None:
    """Mounted secrets end with a newline that is not part of the password."""
    file = tmp_path / "password"
    file.write_text("from-file\n")

    assert sasl_password(KafkaSettings(sasl_password=SecretStr("x"), sasl_password_file=file)) == "from-file"


def test_a_missing_password_file_is_named_by_its_variable(tmp_path: Path) -> None:
    """The operator sets variables, not attributes."""
    with pytest.raises(SettingsError, match="EBR_KAFKA__SASL_PASSWORD_FILE"):
        sasl_password(KafkaSettings(sasl_password_file=tmp_path / "none"))


def test_a_missing_certificate_is_a_settings_error(tmp_path: Path) -> None:
    """No stack trace for a wrong path."""
    with pytest.raises(SettingsError, match="EBR_KAFKA__SSL"):
        client_options(KafkaSettings(security_protocol="SSL", ssl_cafile=tmp_path / "none.pem"))


def test_groups_and_transactional_ids_bear_prefix_and_role() -> None:
    """Two installations in one cluster never meet."""
    kafka = KafkaSettings(prefix="p")

    assert group_name(kafka, "index") == "p-index"
    assert transactional_id(kafka, "index", 3) == "p-index-3"
