"""JSON schemas of signed, encrypted and announced data, from the structs and their docstrings."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from shared.identity import Purpose
from shared.protocol.directory_entry import Entry
from shared.protocol.envelope import (
    ALGORITHM,
    EnvelopeRefused,
    Head,
    MessageHead,
    ReceiptHead,
    RefusalReason,
    ReplyHead,
    RequestHead,
)
from shared.protocol.messages import AttachmentMetadata, Content
from shared.protocol.payloads import FORMS, HitDetails
from shared.protocol.verifier import REQUIRED_MEMBERS
from shared.transport.nats.objects import Description
from shared.transport.nats.system import Statistics

Schema = dict[str, Any]

HEADS: Final[tuple[type[Head], ...]] = (RequestHead, ReplyHead, MessageHead, ReceiptHead)
STRUCTS: Final[tuple[type[msgspec.Struct], ...]] = (
    *HEADS,
    Content,
    AttachmentMetadata,
    *FORMS.values(),
    HitDetails,
    Entry,
    Description,
    Statistics,
)
REF: Final = "#/components/schemas/{name}"


def schemas() -> dict[str, Schema]:
    """Return the schema of each struct by its name, and that of the reasons for a refusal."""
    _, made = msgspec.json.schema_components(STRUCTS, ref_template=REF)
    for struct in STRUCTS:
        schema = made[struct.__name__]
        _describe(schema, struct)
        if issubclass(struct, Head):
            _fix(schema)
    refusals = {"description": inspect.getdoc(EnvelopeRefused), "enum": [reason.value for reason in RefusalReason]}
    return _in_javascript(made) | {"Refusal": refusals}


def reference(struct: type[msgspec.Struct]) -> Schema:
    """Return a reference to the schema of a struct."""
    return {"$ref": REF.format(name=struct.__name__)}


def members_of(struct: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """Yield the encoded name of each member, and its description."""
    described = _docstrings(struct)
    for field in msgspec.structs.fields(struct):
        yield field.encode_name, described.get(field.name, "")


def _describe(schema: Schema, struct: type[msgspec.Struct]) -> None:
    for name, description in members_of(struct):
        if description:
            schema["properties"][name]["description"] = description


def _fix(head: Schema) -> None:
    """Add the constants of a head, and what is required of other encoders."""
    members = head["properties"]
    members["alg"] = {"const": ALGORITHM}
    members["b64"] = {"const": False, "description": members["b64"]["description"]}
    members["crit"] = {"const": ["b64"]}
    if "purpose" in members:
        members["purpose"]["enum"] = [purpose.value for purpose in Purpose]
    head["required"] = [name for name in members if name in {*head["required"], *REQUIRED_MEMBERS}]


def _in_javascript(made: dict[str, Schema]) -> dict[str, Schema]:
    r"""Return the schemas with patterns of ECMA 262, which has no `\A` and no `\Z`."""
    text = json.dumps(made).replace(r"\\A", "^").replace(r"\\Z", "$")
    schemas: dict[str, Schema] = json.loads(text)
    return schemas


@cache
def _docstrings(struct: type) -> dict[str, str]:
    """Return the docstrings of the fields of a class and of its bases."""
    described: dict[str, str] = {}
    for each in reversed(struct.__mro__):
        if issubclass(each, msgspec.Struct) and each is not msgspec.Struct:
            described |= _stated_in(each)
    return described


def _stated_in(struct: type) -> dict[str, str]:
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(struct))).body
    described: dict[str, str] = {}
    field = ""
    for statement in tree.body if isinstance(tree, ast.ClassDef) else ():
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                field = name
            case ast.Expr(value=ast.Constant(value=str(text))) if field:
                described[field] = " ".join(text.split())
                field = ""
            case _:
                field = ""
    return described
