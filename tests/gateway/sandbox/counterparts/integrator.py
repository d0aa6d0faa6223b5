"""An integrator of FR, who tests their program against scripted counterparts of a running sandbox."""

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

import httpx

from tests.system.mesh import RunningMesh

PATIENCE: Final = 30.0
CARS: Final = "/api/stolen-vehicles"
COUNTERPARTS: Final = "/sandbox/counterparts"


class Integrator:
    """Calls the API as FR and as DE, and the sandbox without a token."""

    def __init__(self, mesh: RunningMesh) -> None:
        self.mesh = mesh
        self.sandbox = httpx.Client(base_url=mesh.base, timeout=30)
        self.at_start: list[Any] = []
        """The counterparts when the sandbox had started."""
        self._cars = count(1000)
        self._log = Path(mesh.environment["I247_HOME"]) / "log" / "gateway.log"
        self._logged = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.sandbox.close()

    def script(self, bureau: str = "DE", **script: Any) -> Any:
        """Give a bureau a script, and return the counterpart."""
        answer = self.sandbox.put(f"{COUNTERPARTS}/{bureau}", json=script)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self) -> list[Any]:
        """Return all counterparts."""
        items: list[Any] = self.sandbox.get(COUNTERPARTS).json()["items"]
        return items

    def clear(self) -> None:
        """Make all bureaus ordinary ones."""
        for each in self.listed():
            assert self.sandbox.delete(f"{COUNTERPARTS}/{each['bureau']}").status_code == 204
        self._logged = len(self._log.read_text())

    def ask(self, bureau: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request as the demo officer of a bureau, with a new token, as hours may pass."""
        with self.mesh.client(bureau) as client:
            return client.request(method, path, **options)

    def get(self, path: str, bureau: str = "FR", **query: Any) -> Any:
        """Return what a bureau reads."""
        answer = self.ask(bureau, "GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def hit(self, owner: str = "DE") -> str:
        """Let FR find a car of a bureau that nobody found before, and return the id of the hit."""
        car = {"vin": f"ZAR9320000123{next(self._cars)}", "make": "Alfa Romeo", "theft_date": "2026-01-31"}
        entered = self.ask(owner, "POST", CARS, json=car)
        assert entered.status_code == 201, entered.text
        [found] = self.get(f"{CARS}/search", vin=car["vin"])["hits"]
        record = found["record"]["id"]
        hits = self.until(lambda: self.get("/api/hits", record=record)["items"], bool)
        identity: str = hits[0]["id"]
        return identity

    def requested_hit(self, state: str = "delivered") -> str:
        """Return the id of a new hit that DE was asked to confirm, once it has signed for the request."""
        hit = self.hit()
        self.confirmation(hit)
        request = self.get(f"/api/hits/{hit}")["confirmations"][0]["message"]
        self.delivery(request, state, "read")
        return hit

    def confirmation(self, hit: str, urgency: str = "urgent") -> None:
        """Ask for confirmation of a hit."""
        asked = self.ask("FR", "POST", f"/api/hits/{hit}/requests", json={"urgency": urgency})
        assert asked.status_code == 202, asked.text

    def sees(self, hit: str, state: str) -> Any:
        """Wait until FR sees a hit in a state, and return it."""
        return self.until(lambda: self.get(f"/api/hits/{hit}"), lambda seen: seen["state"] == state)

    def message(self, body: str = "Please call us.", to: str = "DE") -> str:
        """Send a message as FR, and return its id."""
        sent = self.ask("FR", "POST", "/api/messages", json={"to": [to], "subject": "A question", "body": body})
        assert sent.status_code == 202, sent.text
        identity: str = sent.json()["id"]
        return identity

    def delivery(self, message: str, *states: str) -> Any:
        """Wait until a message of FR is in one of these states at its recipient, and return that."""

        def recipient() -> Any:
            return self.get(f"/api/messages/{message}")["recipients"][0]

        return self.until(recipient, lambda seen: seen["state"] in states)

    def received(self, thread: str) -> list[Any]:
        """Return the messages of a conversation that FR received, the oldest first."""
        items = self.get("/api/messages", thread=thread)["items"]
        return [each for each in items if each["box"] == "inbox"][::-1]

    def act(self, did: str, fits: Callable[[Any], bool] = bool, bureau: str = "DE", **about: str) -> Any:
        """Wait until a counterpart has done something, with what came back, and return that act."""

        def newest() -> Any:
            [acts] = [each["acts"] for each in self.listed() if each["bureau"] == bureau]
            wanted = [each for each in acts if each["did"] == did and about.items() <= each.items()]
            return wanted[0] if wanted else None

        return self.until(newest, lambda act: act is not None and fits(act))

    def log(self) -> str:
        """Return what the gateway has logged since all bureaus were made ordinary ones."""
        return self._log.read_text()[self._logged :]

    def advance(self, **step: Any) -> None:
        """Advance the clock of the mesh."""
        assert self.sandbox.post("/clock", json=step).status_code == 200

    def until(self, read: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:
        """Read again until it fits, and return that."""
        deadline = time.monotonic() + PATIENCE
        while not fits(found := read()):
            assert time.monotonic() < deadline, f"it stayed {found}"
            time.sleep(0.05)
        return found
