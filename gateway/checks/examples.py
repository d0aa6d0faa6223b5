"""The requests of checks as the documents show them: about the example records of several registers."""

from typing import Final

from gateway.checks import SERVICE
from gateway.checks.find_models import Origin
from gateway.checks.find_routes import PREFIX
from shared.ids import example_id
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

EXAMPLES: Final[RequestExamples] = {
    f"POST {path_of(SERVICE.name)}": RequestExample(
        body={
            "document": {"issuer": "FRA", "number": "26XX00417", "type": "passport"},
            "name": "Delacroisière Étienne Marcel",
            "date_of_birth": "1979-11-02",
            "plate": "FZ512KL",
            "country": "IT",
        }
    ),
    f"POST {path_of(SERVICE.name)}/stream": RequestExample(body={"plate": "FZ512KL", "country": "IT"}),
    f"POST {PREFIX}/search": RequestExample(body={"number": "26XX00417", "country": "FRA", "type": "passport"}),
    f"GET {PREFIX}/items/{{item_id}}": RequestExample(path={"item_id": f"{Origin.SLTD}:{example_id(9, 1)}"}),
}
