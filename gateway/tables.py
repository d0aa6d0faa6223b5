"""The tables in the mailbox of each bureau of a gateway: the only list of them."""

from typing import Final

from gateway.browser_sessions.tables import TABLES as BROWSER_SESSIONS
from gateway.hits.tables import TABLES as HITS
from gateway.standing.tables import TABLES as STANDING
from gateway.subject_requests.tables import TABLES as SUBJECT_REQUESTS
from gateway.traces.tables import TABLES as TRACES
from gateway.witness.tables import TABLES as WITNESS
from shared.mailbox.tables import TABLES as MESSAGES

GATEWAY_TABLES: Final = (MESSAGES, HITS, TRACES, STANDING, SUBJECT_REQUESTS, WITNESS, BROWSER_SESSIONS)
