"""The files for TLS between participants and broker, and the names in their certificates."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The name of the server, where a path has `{participant}`.
SERVER: Final = "broker"
PLACEHOLDER: Final = "{participant}"
DOMAIN: Final = "i247"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The trusted authority, and the certificate with its key: PEM files, read at each connection."""

    ca: Path
    certificate: Path
    key: Path

    def of(self, name: str) -> "TlsFiles":
        """Return the files of a participant: `{participant}` in a path stands for its name."""
        return TlsFiles(self.ca, _of(self.certificate, name), _of(self.key, name))


def certificate_name(participant: str) -> str:
    """Return the DNS name by which a certificate names a participant."""
    return f"{participant.lower()}.{DOMAIN}"


def _of(file: Path, name: str) -> Path:
    return Path(str(file).replace(PLACEHOLDER, name))
