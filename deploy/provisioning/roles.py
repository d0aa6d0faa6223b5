"""The roles of demo accounts."""

from typing import Final, Literal

Role = Literal["officer", "auditor", "ccf"]
"""`officer` uses records and messages, `auditor` reads audit logs, `ccf` is the Commission for the Control of Files."""

DEMO_ROLES: Final[tuple[Role, ...]] = ("officer", "auditor", "ccf")
