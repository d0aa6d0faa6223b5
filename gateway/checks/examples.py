"""The requests of checks as the documents show them."""

from typing import Final

from gateway.checks import SERVICE
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

EXAMPLES: Final[RequestExamples] = {
    f"POST {path_of(SERVICE.name)}": RequestExample(
        body={
            "document": {"number": "19AK00417"},
            "name": "Delacroisière Étienne Marcel",
            "date_of_birth": "1979-11-02",
            "plate": "FZ512KL",
            "country": "IT",
        }
    ),
}
