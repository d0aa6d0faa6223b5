"""The requests of checks as the documents show them."""

from typing import Final

from gateway.checks import SERVICE
from gateway.checks.find_routes import PREFIX
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

EXAMPLES: Final[RequestExamples] = {
    f"POST {path_of(SERVICE.name)}": RequestExample(
        body={
            "document": {"issuer": "FRA", "number": "19AK00417", "type": "passport"},
            "name": "Delacroisière Étienne Marcel",
            "date_of_birth": "1979-11-02",
            "plate": "FZ512KL",
            "country": "IT",
        }
    ),
    f"POST {PREFIX}/search": RequestExample(body={"number": "19AK00417", "country": "FRA", "type": "passport"}),
    f"GET {PREFIX}/items/{{item_id}}": RequestExample(
        path={"item_id": "IPSG.NOMTD:0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"}
    ),
}
