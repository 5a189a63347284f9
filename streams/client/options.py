"""How every client of this installation connects to Kafka."""

from ssl import SSLContext
from typing import Any

from aiokafka.helpers import create_ssl_context

from streams.errors import SettingsError
from streams.settings import KafkaSettings


def group_name(kafka: KafkaSettings, role: str) -> str:
    """Return the consumer group of a role, as `prefix-role`."""
    return f"{kafka.prefix}-{role}"


def transactional_id(kafka: KafkaSettings, role: str, partition: int) -> str:
    """Return the transactional id of an owned partition, as `prefix-role-partition`.

    Whoever starts a producer with it fences the one who had it before.
    """
    return f"{kafka.prefix}-{role}-{partition}"


def sasl_password(kafka: KafkaSettings) -> str | None:
    """Return the SASL password, from its file if one is named.

    Raises:
        SettingsError: the file cannot be read.
    """
    if kafka.sasl_password_file is not None:
        try:
            return kafka.sasl_password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"EBR_KAFKA__SASL_PASSWORD_FILE cannot be read: {error.strerror}") from error
    return kafka.sasl_password.get_secret_value() if kafka.sasl_password else None


def ssl_context(kafka: KafkaSettings) -> SSLContext | None:
    """Return how TLS connections are verified; None where the protocol has none.

    Raises:
        SettingsError: a certificate or key cannot be read.
    """
    if not kafka.security_protocol.endswith("SSL"):
        return None
    try:
        context: SSLContext = create_ssl_context(
            cafile=kafka.ssl_cafile, certfile=kafka.ssl_certfile, keyfile=kafka.ssl_keyfile
        )
    except OSError as error:
        raise SettingsError(f"EBR_KAFKA__SSL_*FILE cannot be used: {error}") from error
    return context


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Return the arguments that all producers, consumers and admin clients share.

    Raises:
        SettingsError: a file that the settings name cannot be used.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap_servers,
        "security_protocol": kafka.security_protocol,
        "ssl_context": ssl_context(kafka),
    }
    if kafka.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = kafka.sasl_mechanism
        options["sasl_plain_username"] = kafka.sasl_username
        options["sasl_plain_password"] = sasl_password(kafka)
    return options
