"""The applications that run in the gateway, described and protected like services: the only list of them."""

from typing import Final

from gateway.audit import SERVICE as AUDIT
from gateway.checks import SERVICE as CHECKS
from gateway.hits import SERVICE as HITS
from gateway.messages import SERVICE as MESSAGES
from gateway.subject_requests import SERVICE as SUBJECT_REQUESTS
from gateway.traces import SERVICE as TRACES

LOCAL_SERVICES: Final = (CHECKS, MESSAGES, HITS, TRACES, AUDIT, SUBJECT_REQUESTS)
