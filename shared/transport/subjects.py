"""The subjects on which participants speak, and the names under which the broker keeps what they post."""

from enum import StrEnum
from typing import Final

INBOX_PREFIX: Final = "_INBOX"
KEY_HEADER: Final = "I247-Key"
MESSAGES: Final = "MESSAGES"
MESSAGE_PREFIX: Final = "i247.msg"


class Lane(StrEnum):
    """How a parcel is posted; each lane is collected by itself, so that urgent ones overtake."""

    URGENT = "urgent"
    ROUTINE = "routine"


def inbox_of(participant: str) -> str:
    """Return the prefix of the subjects on which a participant, and nobody else, receives answers."""
    return f"{INBOX_PREFIX}.{participant}"


def request_subject(service: str, sender: str) -> str:
    """Return the subject on which a sender speaks to a service."""
    return f"i247.req.{service}.{sender}"


def message_subject(recipient: str, lane: Lane, message_id: str, sender: str) -> str:
    """Return the subject on which a sender posts a message; the broker keeps the last parcel of each subject."""
    return f"{MESSAGE_PREFIX}.{recipient}.{lane}.{message_id}.{sender}"


def lane_subjects(recipient: str, lane: Lane) -> str:
    """Return the pattern of all that is posted to a recipient in one lane."""
    return f"{MESSAGE_PREFIX}.{recipient}.{lane}.>"


def lane_consumer(recipient: str, lane: Lane) -> str:
    """Return the name of the durable consumer with which a recipient collects one lane."""
    return f"{recipient}-{lane}"


def bucket_stream(owner: str) -> str:
    """Return the name of the stream that holds the objects of a bureau."""
    return f"OBJ_{owner}"
