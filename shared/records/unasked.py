"""What the owner of a record is not told of who was shown it: that a search from before the record found it.

By entering made-up records a bureau would learn from that who searches, for what and by which officer. Its finder tells
it when they ask for confirmation; the Commission and the auditors of the Secretariat see all.
"""

from typing import Final

import sqlalchemy as sa

from shared.identity import FOUND_LATER
from shared.records.tables import disclosures

_later: Final = disclosures.alias("later").c
# Who was told of a record looks at it next.
_looked_at: Final = sa.and_(
    disclosures.c.how == "read",
    sa.exists().where(
        _later.record_id == disclosures.c.record_id,
        _later.bureau == disclosures.c.bureau,
        _later.how.in_(FOUND_LATER),
        _later.number < disclosures.c.number,
    ),
)
told_to_owner: Final = sa.and_(disclosures.c.how.not_in(FOUND_LATER), sa.not_(_looked_at))
"""The condition that a disclosure is one of which the owner of the record is told."""
