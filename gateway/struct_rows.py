"""Structs as rows of tables: each field is the column of the same name."""

from enum import Enum
from typing import Any, TypeVar

import msgspec
from sqlalchemy.engine import Row

S = TypeVar("S", bound=msgspec.Struct)


def columns_of(struct: msgspec.Struct, *names: str) -> dict[str, Any]:
    """Return the fields of a struct, by default all, as the database takes them: an enumeration as its value."""
    fields = {name: getattr(struct, name) for name in names or struct.__struct_fields__}
    return {name: value.value if isinstance(value, Enum) else value for name, value in fields.items()}


def struct_of(kind: type[S], row: Row[Any], **decoded: Any) -> S:
    """Return the struct of a row; `decoded` replaces columns. Raises msgspec.ValidationError for wrong types."""
    return msgspec.convert({str(name): value for name, value in row._asdict().items()} | decoded, kind)
