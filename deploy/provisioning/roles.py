"""The roles of demo accounts."""

from typing import Final, Literal

Role = Literal["officer", "auditor", "reviewer"]
"""`officer` uses records and messages, and in the Commission data subject requests; `auditor` reads audit logs.

`reviewer` is a second officer of the Secretariat who reviews, as some decisions need two.
"""

DEMO_ROLES: Final[tuple[Role, ...]] = ("officer", "auditor", "reviewer")
OF_COMMISSION: Final = "ccf"
"""Another name for the role `officer` of the Commission, also where the Secretariat is named."""
