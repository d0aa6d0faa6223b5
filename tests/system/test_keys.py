"""Keys and members change in a running mesh: no restart, no refusal of valid keys, no use of revoked ones."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from deploy.commands.output import words_of
from deploy.demo.forger import Forger, SignedRefusal
from deploy.mesh.gateway_process import hosted_bureaus
from deploy.mesh.process_context import ProcessContext
from deploy.mesh.rollout import roll_out
from deploy.provisioning.demo_accounts import load_demo_passwords
from deploy.provisioning.participant_keys import ParticipantKeys
from deploy.provisioning.registrar import Registrar
from deploy.state.directory_file import load_directory
from deploy.state.state_dir import StateDir
from services import notices
from shared.bureaus import DEFAULT_OFFICES, BureauCode
from shared.clock import SystemClock
from shared.crypto.ed25519 import SigningKey
from shared.protocol.envelope import SKEW_SECONDS, EnvelopeRefused, ReplyHead, sign_envelope
from shared.protocol.key_request import read_request
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import parse
from shared.standing import MEMBER
from tests.support import problem_of
from tests.system.mesh import PROJECT, running_mesh
from tests.system.secretariat import PATH, Load, Secretariat, until

pytestmark = pytest.mark.thorough
DRAFT = {"colour": "blue", "subject": {"kind": "person", "name": "Marvellier"}}
STANDING = ("bureaus", "standing")
# The time allowed for a revocation, and the time that a bureau needs to be readmitted.
EFFECT_SECONDS = 2.0
BACK_SECONDS = 5.0
# A command that starts Python, on a busy machine.
COMMAND_SECONDS = 30.0


@pytest.fixture(scope="module")
def secretariat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secretariat]:
    """Run one mesh of two bureaus for all tests of this file."""
    with running_mesh(tmp_path_factory.mktemp("keys") / "var", "--bureaus", "FR,DE") as mesh:
        yield Secretariat(mesh)


def test_a_rotation_under_load_causes_no_refusal(secretariat: Secretariat) -> None:
    """The keys of a bureau and of a service change during requests; soon the new ones are used."""
    with secretariat.mesh.client("FR") as france, Load(france) as load:
        until(lambda: bool(load.answers), BACK_SECONDS)
        before = load.signer()
        list(secretariat.keys.rotate("FR", timedelta(hours=24)))
        list(secretariat.keys.rotate("notices", timedelta(hours=24)))
        newest = secretariat.key_in_force("notices").kid
        until(lambda: load.signer() == newest, BACK_SECONDS)
        time.sleep(0.2)
    assert before != newest
    assert {answer.status_code for answer in load.answers} == {200}
    assert len(load.answers) > 50


def test_a_revocation_takes_effect_at_once_in_the_whole_mesh(secretariat: Secretariat) -> None:
    """The connection closes and officers get the reason; a new key readmits the bureau, the old one is refused."""
    key, mesh = secretariat.key_in_force("DE"), secretariat.mesh
    with mesh.client("DE") as germany:
        assert germany.get(PATH).status_code == 200
        asyncio.run(_revoked_while_connected(secretariat))
        assert problem_of(germany.get(PATH)) == (503, "key-not-valid")
        assert "i247 keys rotate DE" in germany.get(PATH).json()["detail"]
        list(secretariat.keys.rotate("DE", timedelta(hours=24)))
        until(lambda: germany.get(PATH).status_code == 200, BACK_SECONDS)
    refused = asyncio.run(_sent_with_a_revoked_key(secretariat, key))
    assert refused == [SignedRefusal(403, "key-not-valid")] * 2


async def _revoked_while_connected(secretariat: Secretariat) -> None:
    part = ProcessContext("test", secretariat.settings)
    germany = await part.connect("DE", load_directory(secretariat.home))
    revoking = asyncio.create_task(asyncio.to_thread(list, secretariat.keys.revoke("DE")))
    directory = load_directory(secretariat.home)
    while directory.entries_of("DE")[0].revoked_at is None:
        await asyncio.sleep(0.01)
        directory = load_directory(secretariat.home)
    await asyncio.to_thread(until, lambda: not germany.transport.connected, EFFECT_SECONDS)
    assert "the broker has closed the connections of DE" in await revoking
    await germany.transport.close()


async def _sent_with_a_revoked_key(secretariat: Secretariat, key: SigningKey) -> list[SignedRefusal]:
    forger = await Forger.behind(BureauCode("DE"), secretariat.settings, load_directory(secretariat.home))
    try:
        head = forger._head(notices.SERVICE, "GET", "/", key.kid)
        then = head.iat - 20
        before = msgspec.structs.replace(head, id=head.id[:-1] + "0", iat=then, exp=then + 100)
        return [
            await forger._send(notices.SERVICE, Parcel(sign_envelope(one, b"", key), b"")) for one in (head, before)
        ]
    finally:
        await forger.close()


def test_an_answer_signed_before_a_revocation_can_still_be_verified(secretariat: Secretariat) -> None:
    """With the later directory it is valid as of its time, and refused as a new one."""
    with secretariat.mesh.client("FR") as france:
        answer = france.get(PATH)
        list(secretariat.keys.revoke("notices"))
        until(lambda: "notices has no valid key" in france.get(PATH).json().get("detail", ""), BACK_SECONDS)
    list(secretariat.keys.rotate("notices", timedelta(hours=24)))
    directory = load_directory(secretariat.home)
    protected, head, signature = parse(ReplyHead, answer.headers["I247-Signature"])
    # A verifier counts a key as revoked earlier by the allowed clock skew.
    key = directory.key_of("notices", head.kid, head.iat, head.iat - SKEW_SECONDS)
    assert key.verifies(signature, protected.encode() + b"." + answer.content)
    with pytest.raises(EnvelopeRefused, match="revoked"):
        directory.key_of("notices", head.kid, head.iat, time.time())


def test_an_added_bureau_works_at_once(secretariat: Secretariat) -> None:
    """At a gateway that was started without it its officer logs in and searches; it is hosted after a restart too."""
    mesh = secretariat.mesh
    printed = list(secretariat.bureaus.add("it"))
    assert printed[0] == "IT (Italy) is a member"
    password = load_demo_passwords(secretariat.home)["it.officer"]
    form = {"grant_type": "password", "username": "it.officer", "password": password}
    token = httpx.post(f"{mesh.base}/oauth/token", data=form).json()["access_token"]
    with httpx.Client(base_url=mesh.base, headers={"Authorization": f"Bearer {token}"}) as italy:
        until(lambda: italy.get(PATH).status_code == 200, BACK_SECONDS)
        list(secretariat.bureaus.suspend("IT"))
        assert problem_of(italy.get(PATH)) == (403, "bureau-suspended")
        list(secretariat.bureaus.add("IT"))
        until(lambda: italy.get(PATH).status_code == 200, BACK_SECONDS)
        assert "was a member already: its keys stay" in next(iter(secretariat.bureaus.add("IT")))
    assert hosted_bureaus(secretariat.settings) == ["IPSG", *DEFAULT_OFFICES, "FR", "DE", "IT"]


def test_a_partner_that_the_broker_did_not_expect_works_at_once(secretariat: Secretariat) -> None:
    """The server activates an account that a reload adds only at the next reload, so the command reloads twice."""
    mesh, code = secretariat.mesh, "PARTNER-XA"
    agreed = ("--services", "notices", "--verbs", "read,message", "--purposes", "warning,criminal-investigation")
    assert mesh.i247("partners", "add", code, *agreed, "--until", "2099-01-01", "--resolution", "AG-1").returncode == 0
    message = {"to": [code], "subject": "Lorry", "body": "Seen at the border.", "urgency": "routine"}
    with mesh.client("FR") as france:
        sent = france.post("/api/messages", json=message)
        assert sent.status_code == 202
        path = f"/api/messages/{sent.json()['id']}"
        until(lambda: france.get(path).json()["state"] == "delivered", BACK_SECONDS)


def test_a_restriction_takes_effect_at_once_in_all_its_services(secretariat: Secretariat) -> None:
    """From the command to the first refused request; Germany still reads, and what it may do follows from the table."""
    vehicle = {"plate": "FZ 512 KL", "country": "IT", "make": "Alfa Romeo", "theft_date": "2026-03-14"}
    vehicles = "/api/stolen-vehicles"
    restrict = (*STANDING, "DE", "restricted", "--reason", "compliance", "--resolution", "EC/2026/14")
    with secretariat.mesh.client("DE") as germany:
        assert germany.post(PATH, json=DRAFT).status_code == 201
        # The first answer of a service takes longer, as the gateway reads its document.
        assert germany.post(vehicles, json=vehicle).status_code == 201
        restricting = threading.Thread(target=secretariat.mesh.i247, args=restrict)
        restricting.start()
        until(lambda: load_directory(secretariat.home).stated_standing("DE") != MEMBER, COMMAND_SECONDS)
        until(lambda: problem_of_post(germany, PATH, DRAFT) == (403, "bureau-restricted"), EFFECT_SECONDS)
        until(lambda: problem_of_post(germany, vehicles, vehicle) == (403, "bureau-restricted"), EFFECT_SECONDS)
        restricting.join()
        assert "resolution EC/2026/14" in germany.post(PATH, json=DRAFT).json()["detail"]
        assert germany.get(PATH).status_code == 200
        assert secretariat.mesh.i247(*restrict, "--services", "stolen-vehicles").returncode == 0
        until(lambda: germany.post(PATH, json=DRAFT).status_code == 201, EFFECT_SECONDS)
        assert problem_of_post(germany, vehicles, vehicle) == (403, "bureau-restricted")
        listed = httpx.get(f"{secretariat.mesh.base}/standing").json()["items"]
        assert [(item["bureau"], item["services"]) for item in listed] == [("DE", ["stolen-vehicles"])]
        assert secretariat.mesh.i247(*STANDING, "DE", "member").returncode == 0
        until(lambda: germany.post(vehicles, json=vehicle).status_code == 201, EFFECT_SECONDS)


def problem_of_post(client: httpx.Client, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(path, json=body)
    return problem_of(answer) if answer.status_code >= 400 else (answer.status_code, "")


def test_no_answer_is_lost_while_members_are_added_and_suspended(secretariat: Secretariat) -> None:
    """A reload makes the broker forget pending reply permissions: such a request is sent once more."""
    with secretariat.mesh.client("FR") as france, Load(france) as load:
        until(lambda: bool(load.answers), BACK_SECONDS)
        for _ in range(4):
            list(secretariat.bureaus.add("IT"))
            list(secretariat.bureaus.suspend("IT"))
    assert {answer.status_code for answer in load.answers} == {200}


def test_a_rotation_of_a_suspended_bureau_is_refused(secretariat: Secretariat) -> None:
    """`bureaus add` readmits it."""
    list(secretariat.bureaus.add("KE"))
    list(secretariat.bureaus.suspend("KE"))
    refused = secretariat.mesh.i247("keys", "rotate", "KE")
    assert (refused.returncode, refused.stderr) == (
        3,
        "i247: KE is suspended: `i247 bureaus add KE` brings it back\n",
    )


def test_concurrent_key_commands_lose_no_change(secretariat: Secretariat) -> None:
    """Each builds on what the others did, and the running gateway knows all of it."""
    before = {entry.kid for entry in load_directory(secretariat.home).entries()}
    acts = [["keys", "rotate", "FR"], ["keys", "rotate", "DE"], ["bureaus", "add", "PT"]]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "deploy", *act],
            env=secretariat.mesh.environment,
            cwd=PROJECT,
            text=True,
            stdout=subprocess.PIPE,
        )
        for act in acts
    ]
    printed = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert all("announced to all who are connected" in text for text in printed)
    after = load_directory(secretariat.home)
    assert len({entry.kid for entry in after.entries()} - before) == 3
    assert secretariat.known_to_the_gateway() == set(after.signed_entries())


def test_a_change_made_without_a_broker_is_announced_when_it_returns(secretariat: Secretariat) -> None:
    """The gateway announces it itself."""
    with secretariat.mesh.unattended():
        secretariat.mesh.process("--log").kill()
        printed = list(secretariat.keys.rotate("fingerprints", timedelta(hours=24)))
    until(lambda: secretariat.known_to_the_gateway() == set(load_directory(secretariat.home).signed_entries()), 10)
    assert printed[0].startswith("fingerprints has a new signing key")


def test_the_lists_show_members_and_the_history_of_keys(secretariat: Secretariat) -> None:
    _, *lines = map(words_of, secretariat.bureaus.list_bureaus())
    rows = {line.split()[0]: line.split()[1:4] for line in lines}
    assert rows["IPSG"] == ["bureau", "-", "valid"]
    assert rows["FR"] == ["bureau", "member", "valid"]
    assert rows["KE"] == ["bureau", "suspended", "none"]
    _, *lines = secretariat.mesh.i247("keys", "list", "DE").stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["valid", "valid", "revoked"]


def test_a_false_entry_of_the_secretariat_raises_an_alarm(secretariat: Secretariat, tmp_path: Path) -> None:
    """France does not hold the key, and Germany sees that no key of France vouched for it."""
    made_up = StateDir(tmp_path / "made-up")
    made_up.open()
    with ParticipantKeys(made_up, SystemClock(), "FR", "bureau").new_request([]) as text:
        request = read_request(text)
    with secretariat.home.locked():
        root = SigningKey.load(secretariat.home.root_key)
        registrar = Registrar(secretariat.home, SystemClock(), root.public)
        registrar.approve(request, fingerprint=request.fingerprint)
        registrar.sign(root)
        list(roll_out(secretariat.settings, registrar.directory, len(registrar.issued)))
    for bureau, fault in (("FR", "false-entry"), ("DE", "not-vouched")):
        token = secretariat.mesh.token(bureau, "auditor")
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=secretariat.mesh.base, headers=headers) as auditor:
            until(lambda: fault in {each["fault"] for each in alarms(auditor)}, BACK_SECONDS)  # noqa: B023
            [alarm] = [each for each in alarms(auditor) if each["fault"] == fault]
            assert alarm["service"] == "directory"
            assert "FR" in alarm["says"]


def alarms(auditor: httpx.Client) -> list[dict[str, Any]]:
    answer = auditor.get("/api/audit/alarms")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
