"""The requests of the merged audit log as the documents show them."""

from typing import Final

from gateway.audit import SERVICE
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

_PATH: Final = path_of(SERVICE.name)

EXAMPLES: Final[RequestExamples] = {
    f"GET {_PATH}": RequestExample(
        fields={
            "bureau": "FR",
            "owner": "FR",
            "service": "stolen-vehicles",
            "since": "2020-01-01T00:00:00Z",
            "until": "2100-01-01T00:00:00Z",
        }
    ),
    f"GET {_PATH}/witnessed/{{service}}": RequestExample(
        path={"service": "stolen-vehicles"}, taken={"service": "a service whose log your bureau witnesses"}
    ),
}
