"""Messages in the console: Germany writes to France and Kenya with a file, without a script, and proves it later."""

import re
from typing import Final

import httpx
import pytest

from shared.protocol.evidence import verify
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh

HOSTILE: Final = '"><img src=x onerror=alert(1)>\u202etxt.exe'
FILE: Final = bytes(range(256)) * 5_000


@pytest.mark.thorough
async def test_a_message_goes_to_two_bureaus_with_a_file_and_its_proof_verifies(
    signed_in: SignedIn, started: Mesh
) -> None:
    """Its writer sees what each recipient has signed, by which key; a recipient reads, answers and saves the proof."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    form = await germany.get("/messages/new")
    assert 'value="KE"' in form.text
    sent = await germany.attach(
        "/messages/new",
        ("photo.jpg", FILE),
        ("plan.pdf", b"%PDF"),
        to=["KE"],
        codes="fr",
        urgency="urgent",
        subject="A lorry",
        body="Do you know it?\r\nSee the file.",
        days="7",
    )
    assert sent.status_code == 200, sent.text
    at = sent.url.path
    page = await germany.until(f"{at}?from=DE", "KE Kenya delivered")
    assert "photo.jpg" in text_of(page)
    inbox = await france.until("/messages", "A lorry")
    assert f'href="{at}?from=DE"' in inbox.text
    read = await france.send(f"{at}/read?from=DE")
    assert "Your bureau has signed: read" in text_of(read)
    key = next(iter(started.directory.entries_of("FR"))).verifying_key().kid
    assert key in text_of(await germany.until(f"{at}?from=DE", "FR France read"))

    file = await france.get(f"{at}/attachments/1?from=DE")
    assert (file.content, file.headers["content-type"]) == (FILE, "application/octet-stream")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''photo.jpg"
    proof = await france.get(f"{at}/proof?from=DE")
    assert "i247 evidence verify evidence-" in text_of(proof)
    assert "We have read it." in text_of(proof)
    evidence = await france.get(f"{at}/evidence?from=DE")
    assert evidence.headers["content-disposition"].startswith('attachment; filename="evidence-')
    findings = verify(evidence.content, started.root.public)
    assert findings.message is not None
    assert (findings.message.content.body, findings.message.head.urgency) == (
        "Do you know it?\nSee the file.",
        "urgent",
    )

    answer = await france.get(f"/messages/new?reply={at.rpartition('/')[2]}&from=DE")
    assert ('value="Re: A lorry"' in answer.text, 'value="DE" checked' in answer.text) == (True, True)
    fields = dict(re.findall('name="(in_reply_to|sender|key)" value="([^"]+)"', answer.text))
    assert (await france.attach("/messages/new", to=["DE"], subject="Re: A lorry", body="No.", **fields)).is_success
    thread = text_of(await germany.until(f"/messages/threads/{at.rpartition('/')[2]}", "Re: A lorry"))
    assert thread.index("Do you know it?") < thread.index("No.")


@pytest.mark.thorough
async def test_hostile_words_and_names_of_files_are_shown_and_do_nothing(signed_in: SignedIn) -> None:
    """In lists, on the page, in the conversation and in a form that passes the message on."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    long = "W" * 10_000
    sent = await germany.attach("/messages/new", (HOSTILE, b"x"), codes="FR", subject=HOSTILE, body=f"{HOSTILE} {long}")
    message_id = sent.url.path.rpartition("/")[2]
    await france.until("/messages", "[RIGHT-TO-LEFT OVERRIDE]")
    for path in ("", f"/{message_id}", f"/threads/{message_id}", f"/{message_id}/proof", f"/new?forward={message_id}"):
        page = await france.get(f"/messages{path}")
        assert (page.status_code, "<img" in page.text) == (200, False), path
    assert (await france.get("/messages?format=csv")).text.count("onerror") == 1


@pytest.mark.thorough
async def test_a_form_that_is_not_right_is_shown_again_with_what_is_wrong(signed_in: SignedIn) -> None:
    """What the form knows, and what the API says, each at its field; what was written stays, and nothing is sent."""
    germany = await signed_in("DE")
    words = {"subject": "Kept", "body": "<b>Kept</b>"}
    nobody = await germany.attach("/messages/new", ("a.bin", FILE), **words)
    assert (nobody.status_code, "Choose at least one bureau" in text_of(nobody)) == (422, True)
    assert ('value="Kept"' in nobody.text, "&lt;b&gt;Kept" in nobody.text) == (True, True)
    assert "Choose the files again" in text_of(nobody)
    for fields, fault in (
        ({"codes": "Kenya, Germny"}, "Germny is not known here."),
        ({"codes": "FR, DE"}, "DE is your own bureau"),
        ({"codes": "FR", "word": "europe"}, "not both"),
        ({"codes": "FR", "quotes": "what I saw"}, "Give the address of the page of a record"),
        ({"codes": "FR", "days": "400"}, "366 days"),
    ):
        refused = await germany.attach("/messages/new", ("a.bin", FILE), **words, **fields)
        assert (refused.status_code, 'class="fault"' in refused.text) == (422, True), fault
        assert re.search('role="alert" tabindex="-1" id="mistakes" autofocus>.*<a href="#', refused.text, re.DOTALL)
        assert fault in text_of(refused)
    typed = await germany.attach("/messages/new", codes="XX, France", **words)
    assert ('name="codes" value="XX"' in typed.text, 'value="FR" checked' in typed.text) == (True, True)
    assert "has not written yet" in text_of(await germany.get("/messages?box=outbox"))


@pytest.mark.thorough
async def test_what_waits_comes_before_notices_and_an_answered_message_is_read(signed_in: SignedIn) -> None:
    """Texts of people can be listed alone."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    for subject, urgency in (("Urgent one", "urgent"), ("Newer one", "routine")):
        await germany.attach("/messages/new", codes="France", subject=subject, body="?", urgency=urgency)
        await france.until("/messages?form=text", subject)
    inbox = await france.get("/messages")
    shown = text_of(inbox)
    assert shown.index("For you to do") < shown.index("Urgent one") < shown.index("Newer one")
    assert shown.count("to do") == 3
    at = re.findall(r'href="(/messages/[0-9a-f-]{36})\?from=DE">', inbox.text)[0].rpartition("/")[2]
    await france.attach("/messages/new", codes="DE", subject="Re", body="Yes.", in_reply_to=at, sender="DE")
    assert "Your bureau has signed: read" in text_of(await france.get(f"/messages/{at}?from=DE"))
    assert "Urgent one" not in text_of(await france.get("/messages?unread=yes&form=text"))
    assert "No such messages" in text_of(await france.get("/messages?form=hits"))


@pytest.mark.thorough
async def test_a_group_is_made_used_changed_and_deleted(signed_in: SignedIn) -> None:
    germany = await signed_in("DE")
    assert "has no groups yet" in text_of(await germany.get("/messages/groups"))
    wrong = await germany.send("/messages/groups", name="Joint Team", codes="FR")
    assert (wrong.status_code, "small letters, figures and dashes" in text_of(wrong)) == (422, True)
    unknown = await germany.send("/messages/groups", name="joint-team", codes="Kenia, Nowhere")
    assert (unknown.status_code, "Nowhere is not known here." in text_of(unknown)) == (422, True)
    await germany.send("/messages/groups", name="joint-team", to=["FR"], codes="Kenya", disclosed="yes")
    sent = await germany.attach("/messages/new", word="joint-team", subject="Meeting", body="Tuesday.")
    assert "FR , KE" in text_of(sent)
    assert 'value="FR" checked' in (await germany.get("/messages/groups/joint-team")).text
    changed = await germany.send("/messages/groups", name="joint-team", changed="joint-team", to=["IPSG"])
    assert "joint-team IPSG no" in text_of(changed)
    assert "has no groups yet" in text_of(await germany.send("/messages/groups/joint-team/delete"))


@pytest.mark.thorough
async def test_a_refusal_is_signed_with_its_reason_and_a_reader_signs_nothing(signed_in: SignedIn) -> None:
    germany, france, reader = await signed_in("DE"), await signed_in("FR"), await signed_in("FR", "messages:read")
    sent = await germany.attach("/messages/new", codes="FR", subject="Please", body="Do it.")
    at = sent.url.path
    await france.until("/messages", "Please")
    assert (f'action="{at}' in (await reader.get(at)).text, (await reader.send(f"{at}/read")).status_code) == (
        False,
        403,
    )
    await france.send(f"{at}/refusal?from=DE", reason="national-law")
    assert "refused national law" in text_of(await germany.until(f"{at}?from=DE", "FR France refused"))
    assert (await france.send(f"{at}/evidence?from=DE")).status_code in (404, 405)
    assert "kB" in text_of(await germany.get("/messages/usage"))


@pytest.mark.thorough
async def test_a_form_from_elsewhere_sends_nothing(gateway: httpx.ASGITransport, signed_in: SignedIn) -> None:
    germany = await signed_in("DE")
    headers = {"Sec-Fetch-Site": "cross-site", "Cookie": germany.cookies}
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway", headers=headers) as client:
        sent = await client.post("/messages/new", data={"codes": "FR", "subject": "x", "body": "x"})
    assert sent.status_code == 403
    assert "has not written yet" in text_of(await germany.get("/messages?box=outbox"))
