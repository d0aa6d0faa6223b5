"""The requests of hits as the documents show them."""

from typing import Final

from gateway.hits import SERVICE
from shared.ids import example_id
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

_PATH: Final = path_of(SERVICE.name)
_TAKEN: Final = {"hit_id": f"the `id` of a hit that `GET {_PATH}` lists"}

EXAMPLES: Final[RequestExamples] = {
    f"GET {_PATH}": RequestExample(
        fields={
            "after": 1_000_000,
            "side": "owner",
            "state": "unconfirmed",
            "service": "stolen-vehicles",
            # That which `i247 seed` enters.
            "record": example_id(1, 1),
            "bureau": "DE",
            "since": "2020-01-01T00:00:00Z",
        }
    ),
    f"GET {_PATH}/{{hit_id}}": RequestExample(taken=_TAKEN, fields={"side": "owner"}),
    f"POST {_PATH}/{{hit_id}}/requests": RequestExample(
        taken=_TAKEN, body={"urgency": "urgent", "remark": "The driver is held at the border."}
    ),
    f"POST {_PATH}/{{hit_id}}/conclusions": RequestExample(
        taken={"hit_id": f"the `id` of a hit in fingerprints that `GET {_PATH}?service=fingerprints` lists"},
        body={"conclusion": "identified", "remark": "Twelve points agree."},
    ),
    f"POST {_PATH}/{{hit_id}}/answer": RequestExample(taken=_TAKEN, body={"answer": "confirmed"}),
}
