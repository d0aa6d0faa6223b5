"""Sends the request of each operation to a mesh as `/docs` shows it, after those of the operations that it needs.

Each operation is sent once. What the documents cannot know, such as the id of a message, is taken from the answer to
another one: `TAKEN` says for which.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from deploy.generated.files import PROJECT
from shared.web.example_files import PHOTOGRAPH, content_of
from tests.examples.requests import AUDITOR, COMMISSION, GERMAN, OFFICER, STREAM, WAIT_SECONDS, Requests, Token, Who
from tests.examples.shown import JSON, MULTIPART, Document


class Tour(Requests):
    """One mesh, and the answers to what was sent to it."""

    def __init__(self, client: httpx.Client, document: Document, token: Token, password: str) -> None:
        """`password` is that of the demo officer whose name the documents show."""
        super().__init__(client, document, token, password)
        self._answers: dict[str, httpx.Response] = {}

    def answer(self, name: str) -> httpx.Response:
        """Return the answer to an operation, which is sent the first time."""
        if name not in self._answers:
            operation = self.operations[name]
            for before in NEEDED.get(name, ()):
                self.answer(before).raise_for_status()
            who, taken = self.who(operation), TAKEN.get(name)
            path = taken(self) if taken else {}
            self._answers[name] = self.send(operation, who, path)
        return self._answers[name]

    def json_of(self, name: str) -> Any:
        """Return the answer to an operation as JSON, which must be a success."""
        return self.answer(name).raise_for_status().json()


# What is taken from other answers.


def _id_of(operation: str, name: str, member: str = "id") -> Callable[[Tour], dict[str, Any]]:
    return lambda tour: {name: tour.json_of(operation)[member]}


def _own_message(tour: Tour) -> dict[str, Any]:
    return {"message_id": tour.json_of("POST /api/messages")["id"]}


def _with_file(tour: Tour) -> dict[str, Any]:
    operation = tour.operations["POST /api/messages"]
    message = json.dumps(operation.body(MULTIPART)["message"])
    files = [("message", (None, message, JSON)), ("attachments", (PHOTOGRAPH, content_of(PHOTOGRAPH)))]
    sent = tour.call(OFFICER, "POST", "/api/messages", files=files).raise_for_status().json()
    return {"message_id": sent["id"], "number": 1}


def _received(tour: Tour) -> dict[str, Any]:
    """Return a new message of DE to FR."""
    draft = {**tour.operations["POST /api/messages"].body(JSON), "to": ["FR"]}
    sent = tour.call(GERMAN, "POST", "/api/messages", json=draft).raise_for_status().json()["id"]
    inbox = "/api/messages?box=inbox"
    tour.wait_for(OFFICER, inbox, lambda page: [each for each in page["items"] if each["id"] == sent])
    return {"message_id": sent}


def _withdrawn(tour: Tour) -> dict[str, Any]:
    """Return the message by which DE learns that a record which it had found is withdrawn."""
    entry = tour.operations["POST /api/stolen-vehicles"].body(JSON)
    record = _entered(tour, "/api/stolen-vehicles", entry)
    tour.call(GERMAN, "GET", f"/api/stolen-vehicles/{record}").raise_for_status()
    tour.call(OFFICER, "POST", f"/api/stolen-vehicles/{record}/withdrawal").raise_for_status()
    inbox = "/api/messages?box=inbox&form=withdrawal"
    found = tour.wait_for(GERMAN, inbox, lambda page: page["items"])
    return {"message_id": found[0]["id"]}


def _entered(tour: Tour, path: str, entry: Mapping[str, Any]) -> str:
    """Return the id of a new record without a reference and a VIN, which a bureau gives once."""
    described = {name: value for name, value in entry.items() if name not in {"reference", "vin"}}
    entered: str = tour.call(OFFICER, "POST", path, json=described).raise_for_status().json()["id"]
    return entered


def _hit(tour: Tour) -> dict[str, Any]:
    """Return the hit of DE on the example record."""
    search = tour.operations["GET /api/stolen-vehicles/search"]
    tour.call(GERMAN, "GET", search.path, params=search.filled_in("query")).raise_for_status()
    wanted = "/api/hits?service=stolen-vehicles"
    tour.wait_for(OFFICER, wanted, lambda page: page["items"])
    return {"hit_id": tour.wait_for(GERMAN, wanted, lambda page: page["items"])[0]["id"]}


def _hit_of_print(tour: Tour) -> dict[str, Any]:
    """Return the hit of DE on the example record of a print."""
    tour.send(tour.operations["POST /api/fingerprints/identification"], GERMAN, {}).raise_for_status()
    hits = tour.wait_for(OFFICER, "/api/hits?service=fingerprints", lambda page: page["items"])
    return {"hit_id": hits[0]["id"]}


def _asked_hit(tour: Tour) -> dict[str, Any]:
    hit = tour.json_of("POST /api/hits/{hit_id}/requests")["id"]
    tour.wait_for(OFFICER, f"/api/hits/{hit}", lambda shown: shown["state"] == "requested")
    return {"hit_id": hit}


def _traced(tour: Tour, by: Who, to: str) -> str:
    """Return the id of a new trace of one bureau, once the other has it."""
    draft = {**tour.operations["POST /api/traces"].body(JSON), "to": to}
    began: str = tour.call(by, "POST", "/api/traces", json=draft).raise_for_status().json()["id"]
    other = GERMAN if by == OFFICER else OFFICER
    tour.wait_for(other, "/api/traces", lambda page: [each for each in page["items"] if each["id"] == began])
    return began


def _asked_trace(tour: Tour) -> dict[str, Any]:
    """Return a trace of DE in which FR is asked."""
    return {"trace_id": _traced(tour, GERMAN, "FR")}


def _linked_trace(tour: Tour) -> dict[str, Any]:
    """Return a trace of FR to which DE has answered with a link."""
    trace = _traced(tour, OFFICER, "DE")
    link = {"from": "DE", "to": "ES", "on": "2019-05", "kind": "export"}
    for answer in ({"answer": "accepted"}, {"answer": "answered", "link": link, "onward": True}):
        tour.call(GERMAN, "POST", f"/api/traces/{trace}/answer", json=answer).raise_for_status()
    tour.wait_for(OFFICER, f"/api/traces/{trace}", lambda shown: shown["state"] == "answered")
    return {"trace_id": trace}


def _answered_trace(tour: Tour) -> dict[str, Any]:
    """Return a trace of FR which DE has answered, so that the next bureau may be asked."""
    trace = _traced(tour, OFFICER, "DE")
    answer = {"answer": "forwarded", "to": "ES"}
    tour.call(GERMAN, "POST", f"/api/traces/{trace}/answer", json=answer).raise_for_status()
    tour.wait_for(OFFICER, f"/api/traces/{trace}", lambda shown: shown["state"] == "forwarded")
    return {"trace_id": trace}


def _request(tour: Tour, **changes: Any) -> str:
    """Return the id of a request about a record of its own, as what the Commission deletes is gone."""
    path = "/api/missing-persons"
    record = {"service": "missing-persons", "record": _entered(tour, path, tour.operations[f"POST {path}"].body(JSON))}
    draft = {**tour.operations["POST /api/subject-requests"].body(JSON), "records": [record], **changes}
    entered: str = tour.call(COMMISSION, "POST", "/api/subject-requests", json=draft).raise_for_status().json()["id"]
    return entered


def _new_request(tour: Tour) -> dict[str, Any]:
    return {"request_id": _request(tour), "number": 1}


def _admitted(tour: Tour, **changes: Any) -> dict[str, Any]:
    request = _request(tour, **changes)
    body = tour.operations["POST /api/subject-requests/{request_id}/admissibility"].body(JSON)
    tour.call(COMMISSION, "POST", f"/api/subject-requests/{request}/admissibility", json=body).raise_for_status()
    return {"request_id": request, "number": 1}


def _decided(tour: Tour, remedy: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    path = _admitted(tour, **changes)
    stated = tour.operations["POST /api/subject-requests/{request_id}/decision"].body(JSON)
    decision = {**stated, "remedies": [{"record": 1, **remedy}]}
    target = f"/api/subject-requests/{path['request_id']}/decision"
    tour.call(COMMISSION, "POST", target, json=decision).raise_for_status()
    return path


def _refused_correction(tour: Tour) -> dict[str, Any]:
    """Return a decided correction that the service refuses."""
    path = _decided(tour, {"act": "correct", "corrections": {"no_such_member": 1}}, kind="correction")
    target = f"/api/subject-requests/{path['request_id']}"
    tour.wait_for(COMMISSION, target, lambda shown: shown["records"][0]["refused"])
    return path


def _disclosed(tour: Tour) -> dict[str, Any]:
    return _decided(tour, {"act": "disclose"}, kind="access")


def _witnessed(tour: Tour) -> dict[str, Any]:
    """Return the service whose log the gateway of FR sees as a witness, once it has seen it."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        for service in SERVICES:
            if tour.call(AUDITOR, "GET", f"/api/audit/witnessed/{service}").is_success:
                return {"service": service}
        time.sleep(0.05)
    raise AssertionError("FR is a witness of no log")


def _of_log(service: str, wanted: str) -> Callable[[Tour], dict[str, Any]]:
    """Return what an auditor reads of a log before: the size of its last checkpoint, or the id of a request."""

    def checkpoint(tour: Tour) -> dict[str, Any]:
        shown = tour.wait_for(AUDITOR, f"/api/{service}/audit/checkpoint", lambda each: each)
        return {"size": shown["checkpoint"].splitlines()[1]}

    def request(tour: Tour) -> dict[str, Any]:
        wanted = tour.answer(f"GET /api/{service}").raise_for_status().headers["I247-Request-Id"]
        target = f"/api/{service}/audit/by-request/{wanted}"
        until = time.monotonic() + WAIT_SECONDS
        while not tour.call(AUDITOR, "GET", target).is_success and time.monotonic() < until:
            time.sleep(0.05)
        return {"request_id": wanted}

    return checkpoint if wanted == "size" else request


def _stated(asking: str, target: str) -> Callable[[Tour], dict[str, Any]]:
    """Return the id of the request that a statement answers, once two witnesses have cosigned that it is logged."""

    def request(tour: Tour) -> dict[str, Any]:
        wanted, until = tour.json_of(asking)["request"], time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            answer = tour.call(OFFICER, "GET", target.format(wanted))
            if answer.is_success and len(answer.json()["witnesses"]) > 1:
                break
            time.sleep(0.05)
        return {"request_id": wanted}

    return request


def _found_item(tour: Tour) -> dict[str, Any]:
    """Return an entry that the search of FIND shows."""
    origins = tour.json_of("POST /find/v1/search")["origins"]
    return {"item_id": next(entry["item_id"] for origin in origins for entry in origin["entries"])}


COPIES: Final = tuple(
    path
    for path in json.loads((PROJECT / "docs" / "openapi.json").read_text())["paths"]
    if path.endswith("/field-copies")
)


def _field_copy(path: str) -> Callable[[Tour], dict[str, Any]]:
    def take(tour: Tour) -> dict[str, Any]:
        """Return a field copy of FR, once it is ready, with the example record, which is of FR."""
        number = tour.json_of(f"POST {path}")["number"]
        ready = [number, "ready"]
        tour.wait_for(OFFICER, path, lambda page: ready in [[each["number"], each["state"]] for each in page["items"]])
        return {"number": number, "bureau": "FR"}

    return take


SERVICES: Final = (
    "notices",
    "fingerprints",
    "stolen-vehicles",
    "missing-persons",
    "cultural-property",
    "firearms",
    "travel-documents",
)
_TRACE: Final = _id_of("POST /api/traces", "trace_id")
_WEBHOOK: Final = _id_of("POST /api/messages/webhooks", "webhook_id")
_SUBJECT_REQUEST: Final = _id_of("POST /api/subject-requests", "request_id")

TAKEN: Final[Mapping[str, Callable[[Tour], dict[str, Any]]]] = {
    **{f"GET /api/{service}/audit/list": _of_log(service, "size") for service in SERVICES},
    **{f"GET /api/{service}/audit/by-request/{{request_id}}": _of_log(service, "request") for service in SERVICES},
    "GET /api/cultural-property/statements/{request_id}/proof": _stated(
        "GET /api/cultural-property/statements", "/api/cultural-property/statements/{}/proof"
    ),
    "GET /works-of-art/v1/statements/{request_id}/proof": _stated(
        "POST /works-of-art/v1/statements", "/works-of-art/v1/statements/{}/proof"
    ),
    **{f"GET {path}/{{number}}/records": _field_copy(path) for path in COPIES},
    **{f"POST {path}/{{number}}/packs": _field_copy(path) for path in COPIES},
    **{f"GET {path}/{{bureau}}/{{number}}/records/{{record_id}}": _field_copy(path) for path in COPIES},
    "GET /find/v1/items/{item_id}": _found_item,
    "GET /api/audit/witnessed/{service}": _witnessed,
    "GET /api/messages/webhooks/{webhook_id}": _WEBHOOK,
    "GET /api/messages/webhooks/{webhook_id}/deliveries": _WEBHOOK,
    "POST /api/messages/webhooks/{webhook_id}/test": _WEBHOOK,
    "DELETE /api/messages/webhooks/{webhook_id}": _WEBHOOK,
    "GET /api/messages/{message_id}": _own_message,
    "GET /api/messages/{message_id}/evidence": _own_message,
    "GET /api/messages/{message_id}/attachments/{number}": _with_file,
    "POST /api/messages/{message_id}/read": _received,
    "POST /api/messages/{message_id}/refusal": _received,
    "POST /api/messages/{message_id}/applied": _withdrawn,
    "GET /api/hits/{hit_id}": _hit,
    "POST /api/hits/{hit_id}/requests": _hit,
    "POST /api/hits/{hit_id}/answer": _asked_hit,
    "POST /api/hits/{hit_id}/conclusions": _hit_of_print,
    "GET /api/traces/{trace_id}": _linked_trace,
    "GET /api/traces/{trace_id}/chain": _linked_trace,
    "GET /api/traces/{trace_id}/chain.svg": _linked_trace,
    "GET /api/traces/{trace_id}/export": _linked_trace,
    "GET /api/traces/{trace_id}/evidence": _linked_trace,
    "POST /api/traces/{trace_id}/comments": _TRACE,
    "POST /api/traces/{trace_id}/requests": _answered_trace,
    "POST /api/traces/{trace_id}/answer": _asked_trace,
    "GET /api/subject-requests/{request_id}": _SUBJECT_REQUEST,
    "POST /api/subject-requests/{request_id}/admissibility": _new_request,
    "POST /api/subject-requests/{request_id}/records": _new_request,
    "DELETE /api/subject-requests/{request_id}/records/{number}": _new_request,
    "POST /api/subject-requests/{request_id}/decision": _admitted,
    "PUT /api/subject-requests/{request_id}/records/{number}/corrections": _refused_correction,
    "POST /api/subject-requests/{request_id}/records/{number}/abandonment": _refused_correction,
    "GET /api/subject-requests/{request_id}/execution": _id_of(
        "POST /api/subject-requests/{request_id}/decision", "request_id"
    ),
    "GET /api/subject-requests/{request_id}/report": _disclosed,
    "POST /api/subject-requests/{request_id}/closure": _new_request,
}
"""By operation: what the mesh has drawn, and the documents cannot know."""

# --- what is to be sent before

_GROUP: Final = "PUT /api/messages/groups/{name}"
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "GET /api/messages/groups/{name}": (_GROUP,),
    "GET /api/messages/groups": (_GROUP,),
    "DELETE /api/messages/groups/{name}": (_GROUP, "GET /api/messages/groups/{name}", "GET /api/messages/groups"),
    "DELETE /api/messages/webhooks/{webhook_id}": (
        "GET /api/messages/webhooks",
        "GET /api/messages/webhooks/{webhook_id}",
        "GET /api/messages/webhooks/{webhook_id}/deliveries",
        "POST /api/messages/webhooks/{webhook_id}/test",
    ),
    **{f"POST {path}/hand-ins": (f"POST {path}/{{number}}/packs",) for path in COPIES},
    "GET /api/traces": ("POST /api/traces",),
    STREAM: ("POST /api/messages",),
}

OF_PARTNERS: Final = frozenset({"POST /api/travel-documents/screening"})
"""What partners send alone, as their agreement says."""

NOT_FOR_OFFICERS: Final = OF_PARTNERS | frozenset(
    {
        *(f"POST /api/{service}/audit/cosignatures" for service in SERVICES),
        *(f"GET /api/{service}/audit/disclosures" for service in SERVICES),
    }
)
"""What no officer of a bureau sends: also what gateways ask, signed by the key of the bureau, not over HTTP."""
