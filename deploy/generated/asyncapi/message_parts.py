"""Builds descriptions of messages."""

from typing import Any, Final

from deploy.broker.server_configuration import MAX_PAYLOAD_BYTES

Message = dict[str, Any]

JSON: Final = "application/json"
BYTES: Final = "application/octet-stream"
TEXT: Final = "text/plain"
BODY: Final = {"type": "string", "format": "binary", "maxLength": MAX_PAYLOAD_BYTES}
EMPTY: Final = {"type": "string", "maxLength": 0}


def message(title: str, payload: Message, content_type: str = JSON) -> Message:
    """Return a message without headers."""
    return {"title": title, "contentType": content_type, "payload": payload}


def json_object(properties: Message, **more: Any) -> Message:
    """Return the schema of an object."""
    return {"type": "object", "properties": properties, **more}
