"""Where each store is, by the settings of a process."""

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
def test_each_store_has_a_place_of_its_own(store_url: str | None, name: str, expected: str) -> None:
    """In files, or in one database for each service and one for the mailboxes of all bureaus."""
    assert Settings(home=Path("/home"), store_url=store_url).store_of(name) == expected


def test_a_url_that_is_the_same_for_all_services_is_refused() -> None:
    """Their tables would be mixed up."""
    with pytest.raises(SettingsRefused, match=r"I247_STORE_URL: must contain \{service\}"):
        load_settings(store_url=f"{SERVER}/i247")


def test_a_store_of_another_kind_is_refused() -> None:
    """By the name of the setting, before anything is started."""
    with pytest.raises(SettingsRefused, match="I247_STORE_URL: must be a PostgreSQL URL"):
        load_settings(store_url="mysql://host/{service}")


def test_the_last_port_leaves_none_for_the_broker() -> None:
    """By default the broker has the port after that of the gateway."""
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
        ("tls://one:4222,nats://two:4222", "write tls://"),
    ],
)
def test_with_an_authority_the_broker_is_reached_by_tls_alone(url: str, write: str) -> None:
    """What would go in the clear is refused before anything is started, in a sentence that says what to write."""
    with pytest.raises(
        SettingsRefused, match=f"I247_NATS_URL: {url} is refused, as I247_NATS_CA requires TLS: {write}"
    ):
        load_settings(nats_url=url, **TLS)


def test_without_an_authority_nobody_vouches_for_a_broker() -> None:
    """None that the system trusts is taken instead: any of these could vouch for anyone."""
    with pytest.raises(SettingsRefused, match="I247_NATS_URL: tls://broker:4222 needs I247_NATS_CA, the authority"):
        load_settings(nats_url="tls://broker:4222")
    with pytest.raises(SettingsRefused, match=r"I247_NATS_URL: ws://broker:80 is refused, .* write nats://broker:80"):
        load_settings(nats_url="ws://broker:80")


@pytest.mark.parametrize("missing", TLS)
def test_tls_is_mutual_or_not_at_all(missing: str) -> None:
    """Authority, certificate and key go together."""
    with pytest.raises(SettingsRefused, match=f"I247_{missing.upper()}: TLS needs I247_NATS_CA, .*: set all or none"):
        load_settings(**{name: file for name, file in TLS.items() if name != missing})


def test_the_embedded_broker_speaks_tls_where_there_is_an_authority() -> None:
    """Its URL follows the other settings."""
    assert load_settings(nats_port=4222).broker_url == "nats://127.0.0.1:4222"
    assert load_settings(nats_port=4222, **TLS).broker_url == "tls://127.0.0.1:4222"
