"""The roles of demo accounts."""

from typing import Final, Literal

Role = Literal["officer", "auditor", "ccf"]
"""`officer` works with records and messages, `auditor` reads the audit logs, `ccf` is the Commission's at the IPSG."""


DEMO_ROLES: Final[tuple[Role, ...]] = ("officer", "auditor", "ccf")
