"""Validates JSON strictly, as JSON Schema does: `false` is no number, `0` no boolean and `"5"` no number."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from shared.errors import Malformed

TOO_DEEP: Final = "the body is nested too deeply"

T = TypeVar("T")


def validate_strictly(validate_json: Callable[..., T], value: Any) -> T:
    """Validate a parsed JSON value with the method `validate_json` of a model.

    Raises ValidationError, and Malformed if the value is nested too deeply for the parser of the model.
    """
    try:
        return validate_json(json.dumps(value), strict=True)
    except RecursionError as error:
        raise Malformed(TOO_DEEP) from error
    except ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors(include_url=False, include_input=False)):
            raise Malformed(TOO_DEEP) from error
        # In JSON 5.0 is the integer 5, but not to pydantic.
        return validate_json(json.dumps(_with_integers(value)), strict=True)


def _with_integers(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_with_integers(each) for each in value]
        case dict():
            return {name: _with_integers(member) for name, member in value.items()}
        case _:
            return value
