"""The state of each log, the alarms, the figures, and who may not see them."""

import re
from datetime import timedelta

import pytest

from gateway.console.audit.alarms import OF_BROKER, OF_CLOCK, OF_DIRECTORY, OF_SERVICE
from gateway.witness.rules import MEANINGS, Fault
from gateway.witness.store import AlarmEvidence, WitnessStore
from shared.bureaus import BureauCode
from shared.mailbox.store import MailStore
from tests.gateway.console.audit.conftest import HOSTILE, VEHICLES, cosigned, witnesses_of
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh


@pytest.mark.thorough
async def test_a_log_that_cannot_be_read_is_named(auditor: Browser, started: Mesh, record: str) -> None:
    """Silence is never nothing found."""
    for (subject, _group), subscriptions in list(started.broker.subscriptions.items()):
        if ".notices." in f".{subject}.":
            for subscription in list(subscriptions):
                await subscription.stop()
    shown = text_of(await auditor.get("/audit"))
    assert "Entries of these registers may be missing here: notices: its log cannot be read now" in shown
    assert "de.officer" in shown
    file = await auditor.get("/audit", format="csv")
    assert "audit-incomplete-without-readings.csv" in file.headers["content-disposition"]
    assert "does not answer Nothing is known of its log now." in text_of(await auditor.get("/audit/logs"))


@pytest.mark.thorough
async def test_the_state_of_each_log_says_which_witness_is_behind(auditor: Browser, started: Mesh, record: str) -> None:
    behind = witnesses_of(started, VEHICLES)[-1]
    await cosigned(started)
    await cosigned(started)
    text = text_of(await auditor.get("/audit/logs"))
    assert "proven" in text
    await auditor.get(f"/audit/records/{VEHICLES}/{record}")
    await cosigned(started, by=2)
    started.clock.advance(timedelta(minutes=2))
    page = await auditor.get("/audit/logs")
    [row] = [each for each in page.text.split("<tr>") if "stolen vehicles</th>" in each or "stolen vehicles\n" in each]
    assert re.search(rf">{behind}</abbr>.{{0,120}}badge bad\">1 entry behind", row, re.DOTALL), row
    checkpoint = await auditor.get(f"/audit/logs/{VEHICLES}/checkpoint")
    assert checkpoint.json()["checkpoint"].startswith(f"i247/{VEHICLES}\n")


@pytest.mark.thorough
async def test_an_alarm_says_what_it_means_and_what_to_do(auditor: Browser, started: Mesh) -> None:
    assert "Your gateway has raised no alarm" in text_of(await auditor.get("/audit/alarms"))
    evidence = AlarmEvidence(
        service=VEHICLES, fault=Fault.SHRUNK, says=f"the log has {HOSTILE}", seen_size=2, seen="", shown="", at=1
    )
    session = await started.mailbox_host.of(BureauCode("FR"))

    async def raise_alarm(store: MailStore) -> None:
        await WitnessStore(store.session).raise_alarm(evidence)

    await session.mailbox.write(raise_alarm)
    answer = await auditor.get("/audit/alarms")
    assert "The audit log showed fewer entries than its service had signed. What to do: Keep" in text_of(answer)
    assert "<img" not in answer.text


def test_every_alarm_has_a_meaning() -> None:
    """The alarms that gateways raise, by what they are about."""
    ours = (OF_SERVICE, OF_BROKER, OF_DIRECTORY, OF_CLOCK)
    for known, raised in zip(ours, MEANINGS.values(), strict=True):
        assert set(known) == {fault.value for fault in raised}


@pytest.mark.thorough
async def test_the_figures_of_a_bureau_are_shown(auditor: Browser, record: str) -> None:
    shown = text_of(await auditor.get("/audit/figures"))
    assert "stolen vehicles FR 1 0 0 1 0 0 within the limits" in shown


@pytest.mark.thorough
async def test_an_officer_who_is_no_auditor_is_refused(signed_in: SignedIn, record: str) -> None:
    officer = await signed_in("FR", "stolen-vehicles:read")
    for path in ("/audit", f"/audit/records/{VEHICLES}/{record}", f"/audit/entries/{VEHICLES}/0", "/audit/alarms"):
        answer = await officer.get(path)
        assert (answer.status_code, "You may not do this" in text_of(answer)) == (403, True)
    assert 'href="/audit"' not in (await officer.get("/")).text
