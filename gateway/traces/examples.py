"""The requests of traces as the documents show them."""

from typing import Any, Final

from gateway.traces import SERVICE
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

_PATH: Final = path_of(SERVICE.name)
_TAKEN: Final = {"trace_id": f"the `id` of a trace that `GET {_PATH}` lists"}
FIREARM: Final[dict[str, Any]] = {
    "make": "Walther",
    "serial_number": "DEM 204881",
    "model": "P99",
    "calibre": "9x19",
    "kind": "pistol",
    "country_of_manufacture": "DE",
    "year": 2019,
}
_OF_REQUESTER: Final = {"requester": "DE"}

EXAMPLES: Final[RequestExamples] = {
    f"GET {_PATH}": RequestExample(
        fields={
            "after": 1_000_000,
            "side": "requester",
            "state": "sent",
            "missed": False,
            "bureau": "DE",
            "since": "2020-01-01T00:00:00Z",
        }
    ),
    f"POST {_PATH}": RequestExample(
        body={"to": "DE", "firearm": FIREARM, "urgency": "routine", "remark": "Seized with four others at the border."}
    ),
    **{
        f"GET {_PATH}/{{trace_id}}{part}": RequestExample(taken=_TAKEN)
        for part in ("", "/chain", "/chain.svg", "/export", "/evidence")
    },
    f"POST {_PATH}/{{trace_id}}/requests": RequestExample(
        taken=_TAKEN, body={"to": "ES", "urgency": "routine", "remark": "Germany exported it to Spain."}
    ),
    f"POST {_PATH}/{{trace_id}}/answer": RequestExample(taken=_TAKEN, body={"answer": "accepted"}),
    f"POST {_PATH}/{{trace_id}}/comments": RequestExample(taken=_TAKEN, body={"text": "The dealer closed in 2011."}),
}
