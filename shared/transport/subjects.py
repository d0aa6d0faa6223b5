"""The subjects of participants, and the names of their streams and consumers on the broker."""

from enum import StrEnum
from typing import Final

INBOX_PREFIX: Final = "_INBOX"
# Of the reply subjects that the NATS server makes for requests from another account.
REPLY_PREFIX: Final = "_R_"
KEY_HEADER: Final = "I247-Key"
MESSAGES: Final = "MESSAGES"
MESSAGE_PREFIX: Final = "i247.msg"
POST_PREFIX: Final = "i247.post"
# Stands for the number of a chunk.
DESCRIPTION: Final = "description"
# Users of the broker that are no participants: the first administers streams, the last passes posts to JetStream.
BROKER_OPERATOR: Final = "operator"
BROKER_SYSTEM: Final = "system"
BROKER_RELAY: Final = "relay"
RELAY_SUBJECT: Final = "i247.relay"
DIRECTORY_CHANGES: Final = "i247.directory.changes"
# Of the auth callout of the NATS server (ADR-26).
ADMISSION_SUBJECT: Final = "$SYS.REQ.USER.AUTH"
ADMISSION_REPLIES: Final = "$SYS._INBOX"


class Lane(StrEnum):
    """The priority of a post; each lane has its own consumer."""

    URGENT = "urgent"
    ROUTINE = "routine"


def inbox_of(participant: str) -> str:
    """Return the prefix of the subjects on which only this participant receives replies."""
    return f"{INBOX_PREFIX}.{participant}"


def sender_of(subject: str) -> str:
    """Return the sender of a subject, its last token: the broker lets nobody else publish on it."""
    return subject.rpartition(".")[2]


def request_subject(service: str, sender: str) -> str:
    """Return the subject on which a sender sends requests to a service."""
    return f"i247.req.{service}.{sender}"


def repetition_subject(service: str) -> str:
    """Return the subject on which the processes of a service ask each other for the reply to a repeated request."""
    return f"i247.again.{service}"


def message_subject(recipient: str, lane: str, message_id: str, sender: str) -> str:
    """Return the subject under which the broker stores a message: the last parcel of each."""
    return f"{MESSAGE_PREFIX}.{recipient}.{lane}.{message_id}.{sender}"


def posting_subject(message: str) -> str:
    """Return the subject on which a sender asks the relay to store a message of a subject."""
    return f"{POST_PREFIX}{message.removeprefix(MESSAGE_PREFIX)}"


def lane_subjects(recipient: str, lane: Lane) -> str:
    """Return the pattern of all posts to a recipient in one lane."""
    return f"{MESSAGE_PREFIX}.{recipient}.{lane}.>"


def lane_consumer(recipient: str, lane: Lane) -> str:
    """Return the name of the durable consumer of a recipient for one lane."""
    return f"{recipient}-{lane}"


def bucket_stream(owner: str) -> str:
    """Return the name of the stream that holds the objects of a bureau."""
    return f"OBJ_{owner}"


def object_subject(owner: str, name: str, part: int | str) -> str:
    """Return the subject under which a part of an object is stored.

    The part is the index of a chunk, from 0, and `name` is common to all chunks of the object; or it is `DESCRIPTION`,
    and `name` is that of the object in base64url.
    """
    return f"i247.obj.{owner}.{name}.{part}"


def writing_subject(name: str, part: int | str, owner: str) -> str:
    """Return the subject on which an owner asks the relay to write a part of an object."""
    return f"i247.put.{name}.{part}.{owner}"


def reading_subject(owner: str, name: str, part: int | str, reader: str) -> str:
    """Return the subject on which a reader asks the relay for a part of an object."""
    return f"i247.get.{owner}.{name}.{part}.{reader}"


def directory_subject(participant: str) -> str:
    """Return the subject on which a participant fetches the directory."""
    return f"i247.directory.fetch.{participant}"
