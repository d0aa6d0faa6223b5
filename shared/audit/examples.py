"""The requests to the routes of an audit log, as the documents show them: about the first leaves of the log."""

from typing import Final

from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

_FIRST: Final = {"index": 0}
_SINCE: Final = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
_LINE: Final = (
    "\u2014 i247/FR jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe/\n"
    "9dIGOyUfBQ==\n"
)


def audit_examples(service: str) -> RequestExamples:
    """Return the requests to the audit log of a service."""
    log = f"{path_of(service)}/audit"
    return {
        f"GET {log}": RequestExample(fields={"bureau": "FR", "owner": "FR", **_SINCE}),
        f"GET {log}/consistency": RequestExample(query={"old": 1, "new": 1}, fields={"log": 0}),
        f"GET {log}/list": RequestExample(query={"size": 1}, fields={"log": 0}),
        f"GET {log}/disclosures": RequestExample(query={"size": 1}, fields={"log": 0, "since": 0, "after": 0}),
        f"GET {log}/log": RequestExample(fields={"after": 0, "log": 0}),
        f"GET {log}/inclusion/{{index}}": RequestExample(path=_FIRST, query={"size": 1}, fields={"log": 0}),
        f"GET {log}/by-request/{{request_id}}": RequestExample(
            taken={"request_id": f"the header `I247-Request-Id` of an answer of {service} to your bureau"}
        ),
        f"GET {log}/{{index}}": RequestExample(path=_FIRST),
        f"POST {log}/cosignatures": RequestExample(body={"size": 1, "line": _LINE}),
    }
