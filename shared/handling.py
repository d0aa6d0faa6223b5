"""The handling code of a record, and what else binds those who receive it."""

from enum import StrEnum


class Handling(StrEnum):
    """How a record is to be handled by those who receive it (RPD article 112)."""

    OFFICIAL_USE = "OFFICIAL_USE"
    RESTRICTED = "RESTRICTED"
    CONFIDENTIAL = "CONFIDENTIAL"


class Condition(StrEnum):
    """What else binds those who receive a record, after Europol's handling codes.

    `H0` for police use alone; `H1` not in court without the owner's permission; `H2` not to be passed on without it;
    `H3` as `other_condition` says.
    """

    H0 = "H0"
    H1 = "H1"
    H2 = "H2"
    H3 = "H3"
