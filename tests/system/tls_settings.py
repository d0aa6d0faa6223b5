"""Who connects to the broker of a mesh, and the settings that name their certificates."""

from services import SERVICES
from shared.bureaus import DEFAULT_OFFICES, SECRETARIAT
from shared.transport.subjects import BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM
from shared.transport.tls_files import TlsFiles

BUREAUS = ("FR", SECRETARIAT, *DEFAULT_OFFICES)
SERVERS = (BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM)
WHO_CONNECT = (*BUREAUS, *(service.name for service in SERVICES), *SERVERS)


def settings(files: TlsFiles) -> dict[str, str]:
    """Return the settings that name these files."""
    named_so = {"CA": files.ca, "CERTIFICATE": files.certificate, "KEY": files.key}
    return {f"I247_NATS_{name}": str(file) for name, file in named_so.items()}
