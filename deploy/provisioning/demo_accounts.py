"""The demo accounts of a mesh: an officer and a program of each participant and role, with scopes and passwords.

They stand for no real person. A real bureau has its own OpenID provider, or adds its officers with `i247 officers`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from deploy.provisioning.roles import DEMO_ROLES, Role
from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from gateway.auth.accounts import Officer
from gateway.local_services import LOCAL_SERVICES
from gateway.messages import SERVICE as MESSAGES_SERVICE
from shared.agreements import SCREEN, WRITE, Agreement
from shared.bureaus import COMMISSION, MEMBERS, PUBLIC, REVIEWERS, SECRETARIAT, TRAINING_UNIT, BureauCode, kind_of
from shared.crypto.ed25519 import write_secret
from shared.identity import (
    AUDIT_READ,
    HANDLING_CONFIDENTIAL,
    PURPOSE_SCOPES,
    Purpose,
    is_purpose_open_to,
)
from shared.service import Service

# Verb of the officers of the Secretariat and of its reviewing unit.
REVIEW: Final = "review"
# Verb of the Commission for the Control of Files.
DECIDE: Final = "decide"
# Only for the Commission: no bureau may learn who requested access to their own data.
COMMISSION_SERVICES: Final = frozenset({"subject-requests"})


AgreementOf = Callable[[BureauCode], Agreement | None]
"""Returns what is agreed with a partner; None for others."""


def no_agreement(_bureau: BureauCode) -> None:
    """Return no agreement, for any participant."""


def demo_roles(bureau: BureauCode) -> Iterator[Role]:
    """Yield the roles of a participant: the public has no audit logs to read, and an agreement allows none.

    The Secretariat alone has a second reviewer.
    """
    return (role for role in DEMO_ROLES if _has_role(bureau, role))


def _has_role(bureau: BureauCode, role: Role) -> bool:
    match role:
        case "auditor":
            return kind_of(bureau) not in ("partner", "public")
        case "reviewer":
            return bureau == SECRETARIAT
        case _:
            return True


def demo_accounts(
    bureau: BureauCode,
    role: Role,
    password_hash: str,
    services: Sequence[Service],
    agreement: Agreement | None = None,
) -> Iterator[Officer]:
    """Yield the officer and the program of a participant in a role; the public has the program alone.

    They share a password, as hashing one is slow. Those of a partner have the purposes of its agreement.
    """
    purposes = _purposes(role, bureau, agreement)
    person = Officer(
        id=demo_officer_id(bureau, role),
        bureau=bureau,
        kind="officer",
        password_hash=password_hash,
        scopes=(*_scopes(role, bureau, services), *(PURPOSE_SCOPES[each] for each in purposes)),
        purpose=_default_purpose(role, purposes),
    )
    if bureau != PUBLIC:
        yield person
    yield msgspec.structs.replace(person, id=demo_program_id(bureau, role), kind="client")


def member_scopes(services: Sequence[Service]) -> frozenset[str]:
    """Return the scopes of officers and auditors of members, without the Secretariat's and the Commission's."""
    [member, *_] = MEMBERS
    accounts = (account for role in demo_roles(member) for account in demo_accounts(member, role, "", services))
    return frozenset(scope for account in accounts for scope in account.scopes)


def demo_officer_id(bureau: BureauCode, role: Role = "officer") -> str:
    """Return the id of the demo officer of a participant in a role; for the public that of its program."""
    return demo_program_id(bureau, role) if bureau == PUBLIC else f"{bureau.lower()}.{role}"


def demo_program_id(bureau: BureauCode, role: Role = "officer") -> str:
    """Return the id of the demo program of a bureau in a role, which authenticates as a client."""
    return f"{bureau.lower()}.system" if role == "officer" else f"{bureau.lower()}.{role}-system"


# Of requests that state none. Most work of the police is an investigation; officers who use the network for something
# more particular, such as a border or a security check, say so.
DEFAULT_PURPOSES: Final[dict[Role, Purpose]] = {
    "officer": Purpose.CRIMINAL_INVESTIGATION,
    "auditor": Purpose.CRIME_ANALYSIS,
    "reviewer": Purpose.CRIMINAL_INVESTIGATION,
}


def _default_purpose(role: Role, purposes: tuple[Purpose, ...]) -> Purpose:
    usual = DEFAULT_PURPOSES[role]
    return usual if usual in purposes else next(iter(purposes), usual)


def _purposes(role: Role, bureau: BureauCode, agreement: Agreement | None) -> tuple[Purpose, ...]:
    open_to = tuple(
        purpose
        for purpose in Purpose
        if is_purpose_open_to(bureau, purpose) and (agreement is None or purpose in agreement.purposes)
    )
    return open_to if role != "auditor" else (_default_purpose(role, open_to),)


def _scopes(role: Role, bureau: BureauCode, services: Sequence[Service]) -> Iterator[str]:
    if role == "auditor":
        yield AUDIT_READ
    # The Commission reads all that concerns a request without it, and the public nothing of the kind.
    if role != "auditor" and kind_of(bureau) not in ("commission", "public"):
        yield HANDLING_CONFIDENTIAL
    for service in services:
        for verb in service.verbs:
            if (verb != SCREEN or kind_of(bureau) == "partner") and _may(role, bureau, service, verb):
                yield f"{service.name}:{verb}"


def _may(role: Role, bureau: BureauCode, service: Service, verb: str) -> bool:
    if role != "officer" or (verb == REVIEW and bureau not in REVIEWERS):
        return role == "reviewer" and REVIEW in service.verbs and verb in {"read", REVIEW}
    if bureau == COMMISSION:
        is_own = service.name in COMMISSION_SERVICES or service == MESSAGES_SERVICE
        return is_own or (DECIDE in service.verbs and verb in {"read", DECIDE})
    if verb == DECIDE or service.name in COMMISSION_SERVICES:
        return False
    is_local = service in LOCAL_SERVICES
    match kind_of(bureau):
        case "bureau":
            return True
        case "public":
            return verb == "read" and not is_local
        case kind:
            # Units own no records; what a partner may of this, its agreement says.
            enters = kind == "partner" and verb == WRITE and service.partners_enter
            return is_local or enters or (verb in {"read", REVIEW, SCREEN} and bureau != TRAINING_UNIT)


def save_demo_passwords(state_dir: StateDir, passwords: dict[str, str]) -> None:
    """Write the passwords of the demo accounts, readable by the owner of the state directory only."""
    write_secret(state_dir.demo_passwords, msgspec.json.format(msgspec.json.encode(passwords), indent=1))


def load_demo_passwords(state_dir: StateDir) -> dict[str, str]:
    """Return the passwords of the demo accounts by the officer's id. Raises StartRefused."""
    if not state_dir.demo_passwords.exists():
        return {}
    try:
        return msgspec.json.decode(state_dir.demo_passwords.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        raise StartRefused(f"{state_dir.demo_passwords} cannot be read: restore or remove the file") from error
