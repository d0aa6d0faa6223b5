"""Who tests a program against a sandbox: asks for faults, and sends what officers of bureaus send."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx

from shared.ids import uuid7
from tests.system.mesh import RunningMesh

VEHICLES: Final = "/api/stolen-vehicles"
SEARCH: Final = f"{VEHICLES}/search?vin=ZAR93200001234567"
WAIT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05

T = TypeVar("T")


def new_id() -> str:
    """Return an id for a request."""
    return uuid7(datetime.now(UTC))


def code_of(answer: httpx.Response) -> str:
    """Return the code of the problem in an answer; empty if it is no problem."""
    body = answer.json() if answer.content else {}
    return str(body.get("type", "")).rpartition(":")[2] if isinstance(body, dict) else ""


class Client:
    """A client of one sandbox."""

    def __init__(self, mesh: RunningMesh, client: httpx.Client) -> None:
        self.mesh = mesh
        self.client = client

    def fault(self, **draft: Any) -> str:
        """Ask for a fault, and return its id."""
        answer = self.client.post("/sandbox/faults", json=draft)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def state_of(self, fault: str) -> Any:
        """Return what became of a fault."""
        return self.client.get(f"/sandbox/faults/{fault}").raise_for_status().json()

    def officer(self, bureau: str) -> dict[str, str]:
        """Return the headers of an officer."""
        return {"Authorization": f"Bearer {self.mesh.token(bureau)}"}

    def search(self, bureau: str, **headers: str) -> httpx.Response:
        """Search a vehicle."""
        return self.client.get(SEARCH, headers=self.officer(bureau) | headers)

    def report(self, bureau: str, plate: str | None = None, **headers: str) -> httpx.Response:
        """Report a stolen vehicle with a plate."""
        car = {"plate": plate or uuid4().hex[:8], "country": "IT", "make": "Fiat", "theft_date": "2026-03-14"}
        return self.client.post(VEHICLES, json=car, headers=self.officer(bureau) | headers)

    def found(self, bureau: str, plate: str, country: str = "IT") -> int:
        """Return how many vehicles a search for a plate finds."""
        query = {"plate": plate, "country": country}
        answer = self.client.get(f"{VEHICLES}/search", params=query, headers=self.officer(bureau))
        return len(answer.raise_for_status().json()["hits"])

    def send(self, bureau: str, to: str, subject: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a message."""
        draft = {"to": [to], "subject": subject, "body": "Seen at the border."}
        sender = self.officer(bureau) | dict(headers or {})
        return self.client.post("/api/messages", json=draft, headers=sender)

    def received(self, bureau: str, subject: str) -> list[Any]:
        """Return the messages with a subject in the inbox of a bureau."""
        answer = self.client.get("/api/messages", headers=self.officer(bureau)).raise_for_status()
        return [each for each in answer.json()["items"] if each["subject"] == subject]

    def state_of_message(self, bureau: str, message: str, recipient: str) -> str:
        """Return the state of a sent message at a recipient."""
        path = f"/api/messages/{message}"
        answer = self.client.get(path, headers=self.officer(bureau)).raise_for_status().json()
        [state] = [each["state"] for each in answer["recipients"] if each["bureau"] == recipient]
        return str(state)

    def explain(self, bureau: str, asked: str) -> Any:
        """Return the explanation of a request or a message, for an officer of a bureau."""
        return self.client.get(f"/sandbox/explain/{asked}", headers=self.officer(bureau)).raise_for_status().json()

    def replace(self, path: str) -> None:
        """Restore or reset the mesh, and wait until that is done."""
        accepted = self.client.post(path)
        assert accepted.status_code == 202, accepted.text
        done = self.client.get(accepted.headers["location"]).json()
        assert (done["state"], done["error"]) == ("done", None)

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self.client.post("/clock", json={"advance_seconds": seconds}).raise_for_status()


def wait_for(look: Callable[[], T]) -> T:
    """Return what a look returns as soon as that is true. Fails if it never is."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(POLL_SECONDS)
    return seen
