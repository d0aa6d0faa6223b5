"""A start says what it did: who got keys and what was entered, and nothing of what was there before."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.provisioning.identities import enter_identities
from deploy.provisioning.setup import Setup
from deploy.state.settings import Settings
from gateway.sandbox.stored_identities import NAME
from tests.system.start import Start


def reported(home: Path, *bureaus: str) -> list[str]:
    """Set a state directory up for bureaus, and return what is reported."""
    lines: list[str] = []
    Setup(Settings(home=home, bureaus=bureaus), lines.append).provision()
    return lines


@pytest.mark.thorough
def test_a_set_up_reports_who_got_keys(start: Start) -> None:
    """Of a later one only new bureaus, or nobody."""
    assert reported(start.home, "FR") == []
    assert reported(start.home, "FR", "DE", "IT") == [f"provisioned 2 bureaus in {start.home}"]
    assert reported(start.home, "FR", "DE") == []


@pytest.mark.thorough
def test_provisioning_again_says_that_nothing_was_to_do(start: Start) -> None:
    """The command is run for that alone, so that silence would be no answer."""
    done = start.run("provision")
    assert (done.returncode, done.stdout.partition("] ")[2]) == (
        0,
        f"all keys are in {start.home} already: none was made\n",
    )


@pytest.mark.thorough
async def test_test_identities_are_entered_once(start: Start) -> None:
    settings = Settings(home=start.home)
    settings.state_dir.sandbox.mkdir()
    (settings.state_dir.sandbox / NAME).write_text("[]")
    assert not await enter_identities(settings, datetime.now(UTC))
