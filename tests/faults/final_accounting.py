"""The final check: each accepted message is once in each inbox it was for, with a receipt, and nothing else is."""

from collections import Counter
from random import Random

from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.protocol.evidence import verify
from tests.faults.network import ACTIVE, MEMBERS, Network
from tests.faults.traffic import Letter

# Caused by a full disk; and by three minutes without the cosignatures of two bureaus, as one is away the whole time,
# and on a busy machine another may be cut off or start for as long.
EXPECTED_ERRORS = {"mailbox-not-written", "mailbox-not-opened", "directory-alarm unwitnessed"}


async def check_final_state(network: Network, random: Random, samples: int) -> None:
    """Compare all inboxes and outboxes with the accepted messages, and check evidence and files of some."""
    for code in MEMBERS:
        await _check_inbox(network, code)
    for code in ACTIVE:
        await _check_outbox(network, code)
    letters = network.record.accepted
    for letter in random.sample(letters, min(samples, len(letters))):
        await _check_evidence(network, letter)
    with_files = [letter for letter in letters if letter.files]
    for letter in random.sample(with_files, min(samples, len(with_files))):
        await _check_files(network, letter)


def check_logs(network: Network) -> Counter[str]:
    """Return how often each event was logged. Fails for events that report an error of the program."""
    happened: Counter[str] = Counter()
    for code, gateway in network.gateways.items():
        for (level, event), count in gateway.events().items():
            wrong = level == "error" and event not in EXPECTED_ERRORS
            assert not wrong, f"{event} in the log of {code}, {count} times"
            happened[event] += count
    return happened


async def _check_inbox(network: Network, code: str) -> None:
    there = Counter((item["from"], item["id"], item["subject"]) for item in await network.bureaus[code].all_of("inbox"))
    due = Counter(
        (letter.sender, letter.id, letter.key) for letter in network.record.accepted if code in letter.recipients
    )
    assert not due - there, f"lost on the way to {code}: {list(due - there)[:5]}"
    assert not there - due, f"not for {code}, or twice: {list(there - due)[:5]}"


async def _check_outbox(network: Network, code: str) -> None:
    items = {item["id"]: item for item in await network.bureaus[code].all_of("outbox")}
    letters = {letter.id: letter for letter in network.record.accepted if letter.sender == code}
    assert items.keys() == letters.keys(), f"in the outbox of {code}, but accepted by nobody, or the other way round"
    for letter in letters.values():
        states = (network.record.answered.get((each, letter.id), "delivered") for each in letter.recipients)
        assert items[letter.id]["progress"] == Counter(states), f"{letter.key}: {items[letter.id]['progress']}"


async def _check_evidence(network: Network, letter: Letter) -> None:
    answer = await network.bureaus[letter.sender].client.get(f"/api/messages/{letter.id}/evidence")
    root = VerifyingKey(decode_base64url(network.home.root_public_key.read_text().strip()))
    findings = verify(answer.raise_for_status().content, root)
    assert findings.message is not None, [finding.says for finding in findings.found if not finding.ok]
    assert findings.message.content.subject == letter.key
    # A message that is read was delivered: the first receipt may be lost.
    signed = {receipt.sender for receipt in findings.message.receipts}
    assert signed == letter.recipients == set(findings.message.recipients)
    signed_states = {(each.sender, each.state) for each in findings.message.receipts if each.state != "delivered"}
    recorded_states = {
        (code, state) for (code, message), state in network.record.answered.items() if message == letter.id
    }
    assert signed_states == recorded_states


async def _check_files(network: Network, letter: Letter) -> None:
    for code in (letter.sender, *letter.recipients):
        for number, file in enumerate(letter.files, start=1):
            path = f"/api/messages/{letter.id}/attachments/{number}"
            answer = (await network.bureaus[code].client.get(path)).raise_for_status()
            assert answer.content == file, f"attachment {number} of {letter.key} is another at {code}"
