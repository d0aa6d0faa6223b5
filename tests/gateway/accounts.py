"""Officers for tests, in the files from which a gateway reads them and their sessions."""

import atexit
from collections.abc import Iterable
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final

import msgspec
from argon2 import PasswordHasher

from gateway.auth.account_store import Account, Accounts
from gateway.auth.accounts import Officer, save_officers
from gateway.auth.logins import Logins
from gateway.auth.sessions import begin_session
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.identity import PURPOSE_PREFIX, PURPOSE_SCOPES, Purpose
from shared.logs import Log
from shared.service import Service
from tests.postgres import folder_in_memory

BUREAUS: Final = tuple(map(BureauCode, ("FR", "DE", "KE", "IPSG", "CCF")))
PASSWORD: Final = "seventeen herons"
SECRET: Final = "a secret of a program"

# A thousandth of the cost of a real hash.
_cheap_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash
_PASSWORD_HASH, _SECRET_HASH = _cheap_hash(PASSWORD), _cheap_hash(SECRET)


@cache
def _folder() -> Path:
    """Return a folder that is removed when this process ends."""
    folder = Path(mkdtemp(dir=folder_in_memory()))
    atexit.register(rmtree, folder)
    return folder


class AccountFiles:
    """The officers file and the sessions file of a gateway."""

    def __init__(self, *officers: Officer) -> None:
        folder = Path(mkdtemp(dir=_folder()))
        self.officers, self.sessions = folder / "officers.json", folder / "sessions.json"
        self.enlisted: dict[str, Officer] = {}
        self.enlist(*officers)

    def open(self, log: Log | None = None, *bureaus: BureauCode) -> Accounts:
        """Return the accounts as another process of the gateway reads them, of all bureaus unless some are named."""
        return Accounts(self.officers, self.sessions, bureaus or BUREAUS, log or Log("test", stream=BytesIO()))

    def enlist(self, *officers: Officer) -> None:
        """Add officers to the file; those already in it keep their scopes."""
        for officer in officers:
            held = self.enlisted[officer.id].scopes if officer.id in self.enlisted else ()
            scopes = tuple(dict.fromkeys((*officer.scopes, *held)))
            self.enlisted[officer.id] = msgspec.structs.replace(officer, scopes=scopes)
        self.save()

    def save(self) -> None:
        """Write the file."""
        save_officers(self.officers, self.enlisted.values())

    def change(self, officer_id: str, **changed: Any) -> None:
        """Change an officer in the file."""
        self.enlisted[officer_id] = msgspec.structs.replace(self.enlisted[officer_id], **changed)
        self.save()

    def log_in(self, officer_id: str, bureau: BureauCode, scopes: tuple[str, ...] = ()) -> Account:
        """Log an officer in, with these scopes added, and return their account."""
        new = Officer(id=officer_id, bureau=bureau, kind="officer", password_hash=_PASSWORD_HASH, scopes=())
        officer = self.enlisted.get(officer_id, new)
        wanted = [scope for scope in scopes if not scope.startswith(PURPOSE_PREFIX)] + [*PURPOSE_SCOPES.values()]
        if officer_id not in self.enlisted or not set(scopes) <= set(officer.scopes):
            self.enlist(msgspec.structs.replace(officer, scopes=tuple(wanted)))
        officer = self.enlisted[officer_id]
        return Account(officer, begin_session(self.sessions, self.officers, officer))


def logins_of(officers: Iterable[Officer], clock: Clock) -> Logins:
    """Return the logins of some officers."""
    return Logins(AccountFiles(*officers).open(), clock)


def officers_of(*services: Service) -> list[Officer]:
    """Return an officer and a program for each bureau, with all scopes."""
    scopes = tuple(scope for service in services for scope in service.scopes)
    officer = partial(Officer, kind="officer", password_hash=_PASSWORD_HASH, scopes=scopes)
    program = partial(Officer, kind="client", password_hash=_SECRET_HASH, scopes=scopes)
    return [
        *(officer(id=f"{code.lower()}.officer", bureau=code, purpose=Purpose.SECURITY_CHECK) for code in BUREAUS),
        *(program(id=f"{code.lower()}.system", bureau=code) for code in BUREAUS),
    ]
