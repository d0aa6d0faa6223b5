"""The location of each store, and the address of the broker, from the settings of a process."""

from pathlib import Path

import pytest

from deploy.state.errors import SettingsRefused
from deploy.state.settings import Settings, load_settings

SERVER = "postgresql://i247@host"


@pytest.mark.parametrize(
    ("store_url", "name", "expected"),
    [
        (None, "stolen-vehicles", "sqlite:////home/stores/stolen-vehicles.db"),
        (None, "mailbox-fr", "sqlite:////home/stores/mailbox-fr.db"),
        (f"{SERVER}/i247_{{service}}", "stolen-vehicles", f"{SERVER}/i247_stolen_vehicles"),
        (f"{SERVER}/i247_{{service}}", "mailbox-fr", f"{SERVER}/i247_mailboxes?schema=mailbox_fr"),
        (f"{SERVER}/i247_{{service}}", "mailbox-ipsg", f"{SERVER}/i247_mailboxes?schema=mailbox_ipsg"),
        (
            f"{SERVER}/{{service}}?ssl=require",
            "mailbox-stolen-vehicles",
            f"{SERVER}/stolen_vehicles?ssl=require&schema=mailbox_stolen_vehicles",
        ),
    ],
)
def test_each_store_has_its_own_url(store_url: str | None, name: str, expected: str) -> None:
    """Files, or one database for each service and one for the mailboxes of all bureaus."""
    assert Settings(home=Path("/home"), store_url=store_url).store_of(name) == expected


def test_a_store_url_without_the_service_placeholder_is_refused() -> None:
    """The tables of all services would be in one database."""
    with pytest.raises(SettingsRefused, match=r"I247_STORE_URL: must contain \{service\}"):
        load_settings(store_url=f"{SERVER}/i247")


@pytest.mark.parametrize("proxies", ["0.0.0.0/0", "10.0.0.9,::/0"])
def test_a_network_of_all_addresses_is_no_trusted_proxy(proxies: str) -> None:
    """Any client could choose the address by which its failed logins are counted."""
    with pytest.raises(SettingsRefused, match="I247_TRUSTED_PROXIES: this network contains all addresses"):
        load_settings(trusted_proxies=proxies)


def test_a_store_url_of_an_unsupported_database_is_refused() -> None:
    """The message names the setting, before any process starts."""
    with pytest.raises(SettingsRefused, match="I247_STORE_URL: must be a PostgreSQL URL"):
        load_settings(store_url="mysql://host/{service}")


def test_port_65535_is_refused_without_a_broker_port() -> None:
    """By default the broker uses the port after that of the gateway."""
    with pytest.raises(SettingsRefused, match="I247_PORT: there is no port after 65535 for the broker"):
        load_settings(port=65535)
    assert load_settings(port=65535, nats_port=4222).embedded_nats_port == 4222


TLS = {"nats_ca": Path("ca.pem"), "nats_certificate": Path("fr.pem"), "nats_key": Path("fr.key")}


@pytest.mark.parametrize(
    ("url", "write"),
    [
        ("nats://broker:4222", "write tls://broker:4222"),
        ("ws://broker:80", "write tls://broker:80"),
        ("wss://broker:443", "write tls://broker:443"),
        ("broker:4222", "write tls://broker:4222"),
        ("tls://", "write tls://host:port"),
    ],
)
def test_a_broker_url_without_tls_is_refused_when_an_authority_is_set(url: str, write: str) -> None:
    """The message states the URL to write."""
    with pytest.raises(
        SettingsRefused, match=f"I247_NATS_URL: {url} is refused, as I247_NATS_CA requires TLS: {write}"
    ):
        load_settings(nats_url=url, **TLS)


def test_one_broker_url_of_several_without_tls_is_refused() -> None:
    """The message names that one."""
    with pytest.raises(
        SettingsRefused, match=r"I247_NATS_URL: nats://two:4222 is refused, as .*: write tls://two:4222"
    ):
        load_settings(nats_url="tls://one:4222,nats://two:4222", **TLS)


def test_a_tls_broker_url_without_an_authority_is_refused() -> None:
    """The system's trusted authorities are not used, as any of them could certify any name."""
    with pytest.raises(SettingsRefused, match="I247_NATS_URL: tls://broker:4222 needs I247_NATS_CA, the authority"):
        load_settings(nats_url="tls://broker:4222")
    with pytest.raises(SettingsRefused, match=r"I247_NATS_URL: ws://broker:80 is refused, .* write nats://broker:80"):
        load_settings(nats_url="ws://broker:80")


@pytest.mark.parametrize("missing", TLS)
def test_tls_settings_are_refused_unless_all_three_are_set(missing: str) -> None:
    """Authority, certificate and key."""
    with pytest.raises(SettingsRefused, match=f"I247_{missing.upper()}: TLS needs I247_NATS_CA, .*: set all or none"):
        load_settings(**{name: file for name, file in TLS.items() if name != missing})


def test_the_embedded_broker_url_uses_tls_when_an_authority_is_set() -> None:
    assert load_settings(nats_port=4222).broker_url == "nats://127.0.0.1:4222"
    assert load_settings(nats_port=4222, **TLS).broker_url == "tls://127.0.0.1:4222"
