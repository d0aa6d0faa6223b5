"""The requests of messages as the documents show them."""

from typing import Any, Final

from gateway.messages import SERVICE
from shared.ids import example_id
from shared.web.examples import RequestExample, RequestExamples
from shared.web.routing import path_of

MESSAGE: Final[dict[str, Any]] = {
    "to": ["DE", "IT"],
    "urgency": "routine",
    "subject": "Vehicle seen at the border",
    "body": "Please confirm that the vehicle is still stolen.",
}
GROUP: Final = {"members": ["DE", "IT", "ES"], "disclosed": True}
RELEASE: Final = {
    "service": "stolen-vehicles",
    "kind": "vehicle",
    # That which `i247 seed` enters.
    "record": example_id(1, 1),
    "holder": "DE",
    "to": ["PL"],
}
WEBHOOK: Final = {"url": "http://localhost:3000/hook", "events": ["message", "state"]}

_PATH: Final = path_of(SERVICE.name)
_MESSAGE: Final = {"message_id": f"the `id` of a message that `GET {_PATH}` lists"}
_WITHDRAWAL: Final = {"message_id": f"the `id` of a message of the form `withdrawal` that `GET {_PATH}` lists"}
_GROUP: Final = {"name": f"the `name` of a group that `GET {_PATH}/groups` lists"}
_WEBHOOK: Final = {"webhook_id": f"the `id` of a webhook that `GET {_PATH}/webhooks` lists"}
_SINCE: Final = "2020-01-01T00:00:00Z"
# Of lists whose items have numbers: above all of them.
_ALL: Final = 1_000_000
_STREAM: Final = {"Last-Event-ID": 0}

EXAMPLES: Final[RequestExamples] = {
    f"POST {_PATH}": RequestExample(body=MESSAGE),
    f"GET {_PATH}": RequestExample(
        fields={"after": _ALL, "box": "inbox", "unread": True, "from": "DE", "since": _SINCE}
    ),
    f"GET {_PATH}/stream": RequestExample(fields=_STREAM),
    f"GET {_PATH}/releases": RequestExample(fields={"after": _ALL, "record": RELEASE["record"]}),
    f"POST {_PATH}/releases": RequestExample(body=RELEASE),
    f"POST {_PATH}/webhooks": RequestExample(body=WEBHOOK),
    f"GET {_PATH}/webhooks/{{webhook_id}}": RequestExample(taken=_WEBHOOK),
    f"DELETE {_PATH}/webhooks/{{webhook_id}}": RequestExample(taken=_WEBHOOK),
    f"POST {_PATH}/webhooks/{{webhook_id}}/test": RequestExample(taken=_WEBHOOK),
    f"GET {_PATH}/webhooks/{{webhook_id}}/deliveries": RequestExample(
        taken=_WEBHOOK, fields={"after": _ALL, "state": "failed"}
    ),
    f"PUT {_PATH}/groups/{{name}}": RequestExample(body=GROUP),
    f"GET {_PATH}/groups/{{name}}": RequestExample(taken=_GROUP),
    f"DELETE {_PATH}/groups/{{name}}": RequestExample(taken=_GROUP),
    f"GET {_PATH}/{{message_id}}": RequestExample(taken=_MESSAGE, fields={"from": "FR"}),
    f"GET {_PATH}/{{message_id}}/evidence": RequestExample(taken=_MESSAGE),
    f"POST {_PATH}/{{message_id}}/applied": RequestExample(taken=_WITHDRAWAL),
    f"POST {_PATH}/{{message_id}}/read": RequestExample(taken=_MESSAGE, fields={"from": "DE"}),
    f"POST {_PATH}/{{message_id}}/refusal": RequestExample(
        taken=_MESSAGE, fields={"from": "DE"}, body={"reason": "not-competent"}
    ),
    f"GET {_PATH}/{{message_id}}/attachments/{{number}}": RequestExample(
        path={"number": 1}, taken=_MESSAGE, fields={"from": "FR", "Range": "bytes=0-"}
    ),
}
