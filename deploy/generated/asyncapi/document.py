"""The AsyncAPI document of the network, for implementations in other languages."""

from collections.abc import Sequence
from typing import Any, Final

from deploy.broker.server_configuration import MAX_PAYLOAD_BYTES
from deploy.generated.asyncapi.broker_messages import BROKER_MESSAGES
from deploy.generated.asyncapi.channels import channels
from deploy.generated.asyncapi.envelope_messages import ENVELOPE_MESSAGES
from deploy.generated.asyncapi.operations import ROLES, operations
from deploy.generated.asyncapi.schemas import schemas
from deploy.state.settings import Settings
from gateway.hits.rules import CONFIRMATION_DEADLINE
from gateway.openapi.merge import API
from gateway.traces.rules import TRACE_DEADLINE
from shared.crypto.hpke import CHUNK_BYTES
from shared.mailbox import rules
from shared.protocol import envelope, payloads, quotes
from shared.protocol import messages as mail
from shared.protocol.directory_entry import MAX_ENTRY
from shared.service import Service
from shared.transport.nats import objects, stream_setup

ASYNCAPI: Final = "3.1.0"
DESCRIPTION: Final = """\
The messages between bureaus, services and the General Secretariat of i247 over NATS. Every envelope is a NATS \
message: a signed head in the header `I247-Signature`, and the exact body. The head is inside a JWS, which no schema \
of headers can describe: `x-protected-header` has its schema, `x-plaintext` that of encrypted content, and `x-entry` \
that of signed entries of the directory. Base64url is canonical and without padding; times are seconds since 1970.

Tags are the roles that may carry out an operation; the broker refuses all others. The Secretariat is a bureau, too. \
The limits are in `x-limits`, the steps in docs/reference/protocol.md, examples with keys in docs/vectors."""


def describe_network(services: Sequence[Service]) -> dict[str, Any]:
    """Return the document."""
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "i247 between participants",
            "version": API["version"],
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "contact": API["contact"],
            "tags": [{"name": name, "description": text} for name, text in ROLES.items()],
            "x-limits": limits(),
            "x-refusals": {"$ref": "#/components/schemas/Refusal"},
        },
        "defaultContentType": "application/octet-stream",
        "servers": _servers(),
        "channels": channels(services),
        "operations": operations(),
        "components": {
            "messages": ENVELOPE_MESSAGES | BROKER_MESSAGES,
            "schemas": schemas(),
            "securitySchemes": {
                "nkey": {
                    "type": "asymmetricEncryption",
                    "description": "A user NKEY: an Ed25519 key that signs the nonce of the server.",
                },
                "certificate": {"type": "X509", "description": "A client certificate of the CA of the broker."},
            },
        },
    }


def limits() -> dict[str, float]:
    """Return all limits, by a name with the unit."""
    return {
        "clock_skew_seconds": envelope.SKEW_SECONDS,
        "request_and_reply_lifetime_seconds": envelope.MAX_LIFETIME_SECONDS,
        "message_and_receipt_lifetime_seconds": envelope.MAX_MESSAGE_LIFETIME_SECONDS,
        "signature_header_characters": envelope.MAX_SIGNATURE_HEADER,
        "directory_entry_characters": MAX_ENTRY,
        "parcel_bytes": MAX_PAYLOAD_BYTES,
        "post_bytes": stream_setup.MAX_POST_BYTES,
        "recipients": envelope.MAX_RECIPIENTS,
        "subject_characters": mail.MAX_SUBJECT,
        "body_characters": mail.MAX_BODY,
        "content_bytes": mail.MAX_CONTENT_BYTES,
        "quotes": quotes.MAX_QUOTES,
        "quotes_of_a_draft": quotes.MAX_QUOTES_OF_DRAFT,
        "bureaus_of_a_release": payloads.MAX_RELEASED,
        "attachments": mail.MAX_ATTACHMENTS,
        "attachments_bytes_together": mail.MAX_ATTACHMENTS_BYTES,
        "attachment_chunk_bytes": CHUNK_BYTES,
        "object_chunk_bytes": objects.CHUNK_BYTES,
        "settle_within_seconds": stream_setup.SETTLE_SECONDS,
        "kept_by_the_broker_seconds": stream_setup.KEPT_SECONDS,
        "first_resend_seconds": rules.FIRST_RESEND_SECONDS,
        "last_resend_seconds": rules.LAST_RESEND_SECONDS,
        "urgent_confirmation_seconds": CONFIRMATION_DEADLINE["urgent"] // 1000,
        "routine_confirmation_seconds": CONFIRMATION_DEADLINE["routine"] // 1000,
        "urgent_trace_seconds": TRACE_DEADLINE["urgent"] // 1000,
        "routine_trace_seconds": TRACE_DEADLINE["routine"] // 1000,
    }


def _servers() -> dict[str, Any]:
    port = int(Settings.model_fields["port"].default) + 1
    nkey, certificate = ({"$ref": f"#/components/securitySchemes/{name}"} for name in ("nkey", "certificate"))
    inbox = "Connect with the inbox prefix `_INBOX.<your name>`: no other inbox is permitted."
    return {
        "local": {
            "host": f"127.0.0.1:{port}",
            "protocol": "nats",
            "description": f"The broker of a mesh on one machine. {inbox}",
            "security": [nkey],
        },
        "shared": {
            "host": "{broker}",
            "protocol": "nats",
            "description": f"A shared broker, with mutual TLS. {inbox}",
            "variables": {"broker": {"description": "Host and port.", "default": "nats.example.org:4222"}},
            "security": [nkey, certificate],
        },
    }
