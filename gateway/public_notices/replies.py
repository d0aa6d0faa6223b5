"""What the notices service answers to the public, as far as the public API shows it."""

from typing import Final

import msgspec

from shared.notice_shapes.contents import Content


class Line(msgspec.Struct, frozen=True):
    """A notice in a list."""

    kind: str
    number: str
    name: str | None = None
    forename: str | None = None
    date_of_birth: str | None = None
    nationalities: tuple[str, ...] = ()
    photograph: str | None = None


class Lines(msgspec.Struct, frozen=True):
    """One page of a list."""

    items: tuple[Line, ...]
    page: int
    total: int


class Photograph(msgspec.Struct, frozen=True):
    """A photograph, whose thumbnail has the next number."""

    id: str


class Extract(Content, frozen=True, kw_only=True):
    """A notice as the public sees it."""

    id: str
    number: str
    photographs: tuple[Photograph, ...] = ()


class Extracts(msgspec.Struct, frozen=True):
    """Those of a number: one or none."""

    items: tuple[Extract, ...]


read_lines: Final = msgspec.json.Decoder(Lines).decode
read_extracts: Final = msgspec.json.Decoder(Extracts).decode
