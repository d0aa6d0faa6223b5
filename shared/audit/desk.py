"""What is told of the audit log: to auditors, and to the witnesses who cosign its checkpoints."""

from shared.audit.log import AuditLog
from shared.participant import Participant
from shared.storage import Database


class AuditDesk:
    """Reads the log of one service."""

    def __init__(self, service: Participant, database: Database, log: AuditLog) -> None:
        self._service = service
        self._database = database
        self._log = log
