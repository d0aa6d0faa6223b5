"""Where each store is, by the settings of a process."""

from pathlib import Path

import pytest

from shared.settings import Settings, SettingsRefused, load_settings

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
    with pytest.raises(SettingsRefused, match=r"I247_STORE_URL: must hold \{service\}"):
        load_settings(store_url=f"{SERVER}/i247")


def test_a_store_of_another_kind_is_refused() -> None:
    """By the name of the setting, before anything is started."""
    with pytest.raises(SettingsRefused, match="I247_STORE_URL: must be of PostgreSQL"):
        load_settings(store_url="mysql://host/{service}")


def test_the_last_port_leaves_none_for_the_broker() -> None:
    """By default the broker has the port after that of the gateway."""
    with pytest.raises(SettingsRefused, match="I247_PORT: after 65535 there is no port for the broker"):
        load_settings(port=65535)
    assert load_settings(port=65535, nats_port=4222).embedded_nats_port == 4222
