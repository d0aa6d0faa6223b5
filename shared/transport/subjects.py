"""The subjects on which participants speak, and the names under which the broker keeps what they post."""

from enum import StrEnum
from typing import Final

INBOX_PREFIX: Final = "_INBOX"
# Where a server of NATS wants an answer that goes to another account.
REPLY_PREFIX: Final = "_R_"
KEY_HEADER: Final = "I247-Key"
MESSAGES: Final = "MESSAGES"
MESSAGE_PREFIX: Final = "i247.msg"
POST_PREFIX: Final = "i247.post"
# In the place of a chunk.
DESCRIPTION: Final = "description"
# Who administers streams and consumers: not a participant, and known to the broker alone.
BROKER_OPERATOR: Final = "operator"
BROKER_SYSTEM: Final = "system"
# Who passes to JetStream what participants post, write and read, and where it says that it is there.
BROKER_RELAY: Final = "relay"
RELAY_SUBJECT: Final = "i247.relay"
# Where the server asks, with TLS, whether to let a connection in, and where it hears the answer.
ADMISSION_SUBJECT: Final = "$SYS.REQ.USER.AUTH"
ADMISSION_REPLIES: Final = "$SYS._INBOX"


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
    """Return the subject of a message of a sender; the broker keeps the last parcel of each."""
    return f"{MESSAGE_PREFIX}.{recipient}.{lane}.{message_id}.{sender}"


def posting_subject(message: str) -> str:
    """Return where a sender asks the relay to have the broker keep a message, which has this subject."""
    return f"{POST_PREFIX}{message.removeprefix(MESSAGE_PREFIX)}"


def lane_subjects(recipient: str, lane: Lane) -> str:
    """Return the pattern of all that is posted to a recipient in one lane."""
    return f"{MESSAGE_PREFIX}.{recipient}.{lane}.>"


def lane_consumer(recipient: str, lane: Lane) -> str:
    """Return the name of the durable consumer with which a recipient collects one lane."""
    return f"{recipient}-{lane}"


def bucket_stream(owner: str) -> str:
    """Return the name of the stream that holds the objects of a bureau."""
    return f"OBJ_{owner}"


def object_subject(owner: str, name: str, part: int | str) -> str:
    """Return the subject of a part of an object in the bucket of its owner.

    That is a chunk, by its place, counted from 0, under the name that all chunks of the object share; or its
    `DESCRIPTION`, under the name of the object in base64url.
    """
    return f"i247.obj.{owner}.{name}.{part}"


def writing_subject(name: str, part: int | str, owner: str) -> str:
    """Return where the owner of a bucket asks the relay to write a part of an object."""
    return f"i247.put.{name}.{part}.{owner}"


def reading_subject(owner: str, name: str, part: int | str, reader: str) -> str:
    """Return where a reader asks the relay for a part of an object in the bucket of its owner."""
    return f"i247.get.{owner}.{name}.{part}.{reader}"
