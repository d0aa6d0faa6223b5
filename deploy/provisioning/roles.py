"""The roles of demo accounts."""

from typing import Final, Literal

Role = Literal["officer", "auditor"]
"""`officer` uses records and messages, and in the Commission data subject requests; `auditor` reads audit logs."""

DEMO_ROLES: Final[tuple[Role, ...]] = ("officer", "auditor")
OF_COMMISSION: Final = "ccf"
"""Another name for the role `officer` of the Commission, also where the Secretariat is named."""
