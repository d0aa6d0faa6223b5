"""Writes each answer that refuses once, in the components of the document: operations refer to it by name.

What an operation says of its own refusals stays exact: two operations that may refuse differently refer to different
components. A component is named after its status, and the codes that not every operation has there.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from gateway.openapi.gateway_additions import codes_in
from shared.errors import REFUSALS
from shared.web.descriptions import operations_of
from shared.web.problems import described

REFERENCE: Final = "#/components/responses/"
# As in RFC 9110. Older versions of Python have the names of RFC 2616.
_PHRASES: Final = {
    "413": "Content Too Large",
    "414": "URI Too Long",
    "416": "Range Not Satisfiable",
    "422": "Unprocessable Content",
}


def share_responses(document: dict[str, Any]) -> None:
    """Move the answers that refuse into the components. Leaves one inline whose name another one has."""
    common = _common_codes(document)
    shared: dict[str, Any] = document["components"].setdefault("responses", {})
    for operation in operations_of(document):
        for status, response in _refusing(operation):
            answer = _in_order(response)
            name = _name_of(status, answer, common)
            if shared.setdefault(name, answer) == answer:
                operation["responses"][status] = {"$ref": f"{REFERENCE}{name}"}


def _refusing(operation: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(status, response) for status, response in operation["responses"].items() if status >= "400"]


def _common_codes(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the codes by status that each operation which needs a token has there, if it has this status at all."""
    common: dict[str, frozenset[str]] = {}
    for operation in operations_of(document):
        for status, response in _refusing(operation) if operation.get("security") else ():
            codes = frozenset(codes_in(response))
            common[status] = common.get(status, codes) & codes
    return common


def _in_order(response: dict[str, Any]) -> dict[str, Any]:
    """Return an answer whose codes are in the order of the alphabet, so that equal ones are one."""
    kinds = [REFUSALS[code] for code in sorted(codes_in(response))]
    return response | {"description": described(kinds)} if kinds else response


def _name_of(status: str, response: Mapping[str, Any], common: Mapping[str, frozenset[str]]) -> str:
    codes = frozenset(codes_in(response))
    usual = common.get(status, frozenset())
    parts = sorted(codes - usual if usual <= codes else codes) if codes else _schemas_of(response)
    return _in_one_word(_PHRASES.get(status) or HTTPStatus(int(status)).phrase) + "".join(map(_in_one_word, parts))


def _schemas_of(response: Mapping[str, Any]) -> list[str]:
    """Return the names of the schemas of an answer that is no problem."""
    references = (content["schema"].get("$ref", "") for content in response.get("content", {}).values())
    return [reference.rpartition("/")[2] for reference in references]


def _in_one_word(words: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in words.replace("-", " ").split())
