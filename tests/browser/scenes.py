"""What has happened on a mesh whose pages are tried and shown: there is something on each of them."""

import time
from typing import Any, Final

import httpx

from tests.system.mesh import RunningMesh

SECONDS: Final = 60
PLATE: Final = "GH734KL"
STOLEN: Final = {
    "plate": PLATE,
    "country": "FR",
    "make": "Peugeot",
    "model": "308",
    "colour": "blue",
    "theft_date": "2026-03-14",
    "theft_place": "Lyon",
    "theft_country": "FR",
}
DRAFT: Final = {
    "colour": "blue",
    "subject": {"kind": "person", "name": "Marvellier", "forename": "Odile", "height": 178, "person_status": "witness"},
    "facts": "Seen at the fire of a warehouse, and sought as a witness. She spoke at a meeting of her party before.",
}
TRACED: Final = {
    "to": "FR",
    "firearm": {"make": "Manurhin", "model": "MR 73", "serial_number": "A 20417", "country_of_manufacture": "FR"},
    "remark": "Found in a car at the border.",
}
LINK: Final = {"from": "FR", "to": "DE", "on": "1987-03", "kind": "export"}
REQUEST: Final = {
    "kind": "deletion",
    "received": "2026-05-29",
    "subject": {"family_name": "Marlowe"},
    "statement": "The car is mine, and I have it.",
}


def play(mesh: RunningMesh) -> None:
    """Let Germany find a car of France and ask for its confirmation, write, and wait for the Secretariat."""
    with mesh.client("FR") as france, mesh.client("DE") as germany, mesh.client("CCF") as commission:
        car = posted(france, "/api/stolen-vehicles", STOLEN)["id"]
        germany.get("/api/stolen-vehicles/search", params={"plate": PLATE, "country": "FR"}).raise_for_status()
        hit = _first(germany, f"/api/hits?side=finder&record={car}")["id"]
        posted(germany, f"/api/hits/{hit}/requests", {"urgency": "urgent", "remark": "The car stands at our border."})
        letter = {
            "to": ["FR"],
            "urgency": "urgent",
            "subject": "Lorry at the border",
            "body": "Do you know its driver?",
        }
        message = posted(germany, "/api/messages", letter)["id"]
        posted(france, "/api/messages", {"to": ["DE"], "subject": "A car of ours", "body": "Its owner asks after it."})
        notice = posted(germany, "/api/notices", DRAFT)["id"]
        posted(germany, f"/api/notices/{notice}/submission", None)
        posted(
            commission, "/api/subject-requests", {**REQUEST, "records": [{"service": "stolen-vehicles", "record": car}]}
        )
        trace(france, germany)
        _first(france, f"/api/hits?side=owner&record={car}&state=requested")
        wait_for(france, f"/api/messages/{message}")


def trace(france: httpx.Client, germany: httpx.Client) -> None:
    """Let Germany ask France where two firearms came from: one is answered, and the other waits."""
    answered = posted(germany, "/api/traces", TRACED)["id"]
    wait_for(france, f"/api/traces/{answered}")
    posted(france, f"/api/traces/{answered}/answer", {"answer": "accepted"})
    posted(france, f"/api/traces/{answered}/answer", {"answer": "answered", "link": LINK, "onward": True})
    waiting = posted(germany, "/api/traces", {**TRACED, "urgency": "urgent"})["id"]
    wait_for(france, f"/api/traces/{waiting}")
    _first(germany, "/api/traces?side=requester&state=answered")


def posted(client: httpx.Client, path: str, body: Any, **options: Any) -> Any:
    """Post, and return the answer."""
    answer = client.post(path, json=body, **options)
    assert answer.is_success, f"{path}: {answer.text}"
    return answer.json()


def wait_for(client: httpx.Client, path: str) -> None:
    """Wait until something has arrived."""
    deadline = time.monotonic() + SECONDS
    while client.get(path).status_code != 200:
        assert time.monotonic() < deadline, f"{path} did not arrive"
        time.sleep(0.1)


def _first(client: httpx.Client, path: str) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (items := client.get(path).raise_for_status().json()["items"]):
        assert time.monotonic() < deadline, f"{path} stayed empty"
        time.sleep(0.1)
    return items[0]
