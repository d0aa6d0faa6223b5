"""Keeps a directory current: fetched from the Secretariat when a participant starts, followed live from then on.

Entries prove themselves by the root signature, so neither the answer nor the announcements need an envelope. The
Secretariat alone can publish on the subject of changes; the broker sees to that.
"""

from typing import Final

FETCH_SUBJECT: Final = "i247.directory"
CHANGES_SUBJECT: Final = "i247.directory.changes"
