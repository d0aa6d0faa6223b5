"""The subjects on which participants speak, and the names under which the broker keeps what they post."""

from enum import StrEnum
from typing import Final

INBOX_PREFIX: Final = "_INBOX"
# Where a server of NATS wants an answer that goes to another account.
REPLY_PREFIX: Final = "_R_"
KEY_HEADER: Final = "I247-Key"
MESSAGES: Final = "MESSAGES"
MESSAGE_PREFIX: Final = "i247.msg"
# Who administers streams and consumers: not a participant, and known to the broker alone.
BROKER_OPERATOR: Final = "operator"
BROKER_SYSTEM: Final = "system"


class Lane(StrEnum):
    """How a parcel is posted; each lane is collected by itself, so that urgent ones overtake."""

    URGENT = "urgent"
    ROUTINE = "routine"


def inbox_of(participant: str) -> str:
    """Return the prefix of the subjects on which a participant, and nobody else, receives answers."""
    return f"{INBOX_PREFIX}.{participant}"


def sender_of(subject: str) -> str:
    """Return who speaks on a subject: the broker lets a participant speak only where its name stands last."""
    return subject.rpartition(".")[2]


def request_subject(service: str, sender: str) -> str:
    """Return the subject on which a sender speaks to a service."""
    return f"i247.req.{service}.{sender}"


def message_subject(recipient: str, lane: str, message_id: str, sender: str) -> str:
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


def chunk_subject(owner: str, nuid: str, place: int | str) -> str:
    """Return the subject of a chunk of an object in the bucket of its owner; places are counted from 0."""
    return f"$O.{owner}.C.{nuid}.{place}"


def description_subject(owner: str, name: str) -> str:
    """Return the subject of the description of an object, whose name is in base64url here."""
    return f"$O.{owner}.M.{name}"


def reading_subject(owner: str, subject: str) -> str:
    """Return where to ask for what the bucket of an owner has under a subject."""
    return f"$JS.API.DIRECT.GET.{bucket_stream(owner)}.{subject}"
