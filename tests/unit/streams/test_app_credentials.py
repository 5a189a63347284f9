"""How Faust signs in: by the same settings as every other client."""

import ssl

import faust
import pytest
from faust.types.auth import AuthProtocol, SASLMechanism
from pydantic import SecretStr

from streams.app import credentials
from streams.settings import KafkaSettings


def test_plain_text_signs_in_with_nothing() -> None:
    """The default of a laptop."""
    assert credentials(KafkaSettings()) is None


def test_tls_has_a_context_that_verifies_the_broker() -> None:
    """An unverified broker could be anyone."""
    found = credentials(KafkaSettings(security_protocol="SSL"))

    assert isinstance(found, faust.SSLCredentials)
    assert found.protocol is AuthProtocol.SSL
    assert (found.context.check_hostname, found.context.verify_mode) == (True, ssl.CERT_REQUIRED)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_over_tls_has_user_password_mechanism_and_context(mechanism: str) -> None:
    """Each mechanism that the settings take is one that Faust knows."""
    kafka = KafkaSettings.model_validate(
        {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": mechanism,
            "sasl_username": "ebr",
            "sasl_password": SecretStr("secret"),
        }
    )

    found = credentials(kafka)

    assert isinstance(found, faust.SASLCredentials)
    assert (found.protocol, found.mechanism) == (AuthProtocol.SASL_SSL, SASLMechanism(mechanism))
    assert (found.username, found.password) == ("ebr", "secret")
    assert found.ssl_context is not None
    assert found.ssl_context.check_hostname


def test_sasl_over_plain_text_has_no_context() -> None:
    """Faust takes the protocol from whether there is one."""
    found = credentials(KafkaSettings(security_protocol="SASL_PLAINTEXT", sasl_username="ebr"))

    assert isinstance(found, faust.SASLCredentials)
    assert (found.protocol, found.ssl_context) == (AuthProtocol.SASL_PLAINTEXT, None)
