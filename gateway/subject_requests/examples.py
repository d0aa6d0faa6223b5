"""The requests of data subject requests as the documents show them: of a person who does not exist."""

from typing import Any, Final

from gateway.subject_requests import SERVICE
from shared.ids import example_id
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

# Those which `i247 seed` enters: a missing person and a body that are not searched for any more.
PERSON: Final = {"service": "missing-persons", "record": example_id(2, 4)}
BODY: Final = {"service": "missing-persons", "path": "bodies", "record": example_id(3, 4)}
REQUEST: Final[dict[str, Any]] = {
    "kind": "deletion",
    "received": "2026-05-29",
    "subject": {
        "family_name": "Marlowe",
        "forename": "Julia Ann",
        "date_of_birth": "1987-06-21",
        "nationality": "NL",
        "contact": "c/o Ostrander & Lind, Rotterdam",
    },
    "statement": "I was found, and am no longer missing.",
    "records": [PERSON],
}
_PATH: Final = path_of(SERVICE.name)
_ONE: Final = f"{_PATH}/{{request_id}}"
_FIRST: Final = {"number": 1}
_TAKEN: Final = {"request_id": f"the `id` of a request that `GET {_PATH}` lists"}

EXAMPLES: Final[RequestExamples] = {
    f"POST {_PATH}": RequestExample(body=REQUEST),
    f"GET {_PATH}": RequestExample(fields={"after": 1_000_000, "state": "received", "kind": "deletion"}),
    **{f"GET {_ONE}{part}": RequestExample(taken=_TAKEN) for part in ("", "/execution", "/report")},
    f"POST {_ONE}/admissibility": RequestExample(
        taken=_TAKEN, body={"admissible": True, "reason": "The identity of the subject is proven."}
    ),
    f"POST {_ONE}/records": RequestExample(taken=_TAKEN, body=BODY),
    f"DELETE {_ONE}/records/{{number}}": RequestExample(path=_FIRST, taken=_TAKEN),
    f"POST {_ONE}/decision": RequestExample(
        taken=_TAKEN,
        body={
            "outcome": "granted",
            "reasons": "The person was found on 3 May; the purpose is fulfilled.",
            "remedies": [{"record": 1, "act": "delete"}],
        },
    ),
    f"PUT {_ONE}/records/{{number}}/corrections": RequestExample(
        path=_FIRST, taken=_TAKEN, body={"corrections": {"forename": "Julia"}}
    ),
    f"POST {_ONE}/records/{{number}}/abandonment": RequestExample(
        path=_FIRST, taken=_TAKEN, body={"reason": "The service was shut down."}
    ),
    f"POST {_ONE}/closure": RequestExample(taken=_TAKEN, body={"reason": "Withdrawn by letter of 12 June 2026."}),
}
