"""What answers in the gateway itself, described and guarded as the services are: the only list of it."""

from typing import Final

from gateway.audit import SERVICE as AUDIT
from gateway.hits import SERVICE as HITS
from gateway.messages import SERVICE as MESSAGES
from gateway.subject_requests import SERVICE as SUBJECT_REQUESTS

LOCAL_SERVICES: Final = (MESSAGES, HITS, AUDIT, SUBJECT_REQUESTS)
