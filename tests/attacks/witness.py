"""Officers of two bureaus who search and send messages over HTTP continuously, and record unanswered requests."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import httpx

from tests.attacks.canaries import SECRETS
from tests.attacks.network import ATTACKING_BUREAU, HOSTED, Network

PAUSE_SECONDS: Final = 0.2
LETTER_SECONDS: Final = 5.0
ROUND_SECONDS: Final = 90.0
# The search in each service: the request is as secret as the answer.
SEARCHES: Final = {
    "stolen-vehicles": ("/api/stolen-vehicles/search", {"plate": SECRETS["stolen-vehicles"], "country": "DE"}),
    "notices": ("/api/notices/search", {"name": SECRETS["notices"]}),
    "missing-persons": ("/api/missing-persons/search", {"name": SECRETS["missing-persons"]}),
    "firearms": ("/api/firearms/search", {"serial_number": SECRETS["firearms"], "make": "Glock"}),
    "fingerprints": ("/api/fingerprints", {"reference": SECRETS["fingerprints"]}),
}
CAR: Final = {
    "make": SECRETS["stolen-vehicles"],
    "plate": SECRETS["stolen-vehicles"],
    "country": "DE",
    "theft_date": "2026-03-14",
}


class Witness:
    """Repeats one round: both bureaus search in each service, and each sends a message that the other receives."""

    def __init__(self, network: Network) -> None:
        with ThreadPoolExecutor() as pool:
            clients = pool.map(network.mesh.client, HOSTED)
        self._clients = dict(zip(HOSTED, clients, strict=True))
        self._pool = ThreadPoolExecutor(2 * len(SEARCHES) + len(HOSTED))
        self._state = threading.Condition()
        self._begun = self._ended = 0
        self._wanted = self._closed = False
        self._complaints: list[tuple[str, str]] = []
        self._thread = threading.Thread(target=self._repeat)

    def start(self) -> None:
        """Enter a record that is hidden from the attacking bureau, and start."""
        record = CAR | {"restricted": [ATTACKING_BUREAU]}
        entered = self._clients["DE"].post("/api/stolen-vehicles", json=record)
        assert entered.status_code == 201, entered.text
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current round."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown()
        for client in self._clients.values():
            client.close()

    def complaints(self, attacker: str) -> list[str]:
        """Wait for a new round, and return what was not answered since the last call.

        Requests to the attacking service that it does not answer are ignored.
        """
        with self._state:
            begun = self._begun
            self._wanted = True
            self._state.notify_all()
            complete = self._state.wait_for(lambda: self._ended > begun, ROUND_SECONDS)
            found, self._complaints = self._complaints, []
        assert complete, "the officers of DE and PL wait for an answer without end"
        return sorted({text for about, text in found if about != attacker})

    def _repeat(self) -> None:
        while not self._closed:
            with self._state:
                self._begun += 1
                self._wanted = False
            complaints = self._round()
            with self._state:
                self._ended = self._begun
                self._complaints += complaints
                self._state.notify_all()
                self._state.wait_for(lambda: self._wanted or self._closed, PAUSE_SECONDS)

    def _round(self) -> list[tuple[str, str]]:
        searches = [self._pool.submit(self._search, bureau, service) for bureau in HOSTED for service in SEARCHES]
        letters = [self._pool.submit(self._write, *pair) for pair in (HOSTED, HOSTED[::-1])]
        return [complaint for each in (*searches, *letters) if (complaint := each.result()) is not None]

    def _search(self, bureau: str, service: str) -> tuple[str, str] | None:
        path, query = SEARCHES[service]
        answer = self._ask(bureau, "GET", path, params=query)
        if answer is not None and answer.status_code == 200:
            return None
        return service, f"the search of {bureau} in {service} was answered {_shown(answer)}"

    def _write(self, sender: str, recipient: str) -> tuple[str, str] | None:
        letter = {"to": [recipient], "urgency": "urgent", "subject": "Canary", "body": SECRETS["letter"]}
        accepted = self._ask(sender, "POST", "/api/messages", json=letter)
        if accepted is None or accepted.status_code != 202:
            return "letter", f"the letter of {sender} was answered {_shown(accepted)}"
        deadline = time.monotonic() + LETTER_SECONDS
        path = f"/api/messages/{accepted.json()['id']}"
        while time.monotonic() < deadline:
            answer = self._ask(recipient, "GET", path, params={"from": sender})
            if answer is not None and answer.status_code == 200:
                return None
            time.sleep(0.01)
        return "letter", f"the letter of {sender} did not reach {recipient} within {LETTER_SECONDS:.0f} s"

    def _ask(self, bureau: str, method: str, path: str, **options: Any) -> httpx.Response | None:
        try:
            return self._clients[bureau].request(method, path, **options)
        except httpx.TransportError:
            return None


@contextmanager
def running_witness(network: Network) -> Iterator[Witness]:
    """Have two bureaus use the mesh until the block ends."""
    witness = Witness(network)
    try:
        witness.start()
        yield witness
    finally:
        witness.stop()


def _shown(answer: httpx.Response | None) -> str:
    if answer is None:
        return "by nobody"
    return f"{answer.status_code} ({answer.headers.get('I247-Error', 'no transport error')}): {answer.text[:160]}"
