"""The demo accounts of a mesh: an officer and a program of each bureau and role, with their scopes and passwords.

They stand for no real person. A real bureau has its own OpenID provider, or adds its officers with `i247 officers`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from deploy.provisioning.roles import DEMO_ROLES, Role
from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from gateway.auth.accounts import Officer
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from shared.crypto.ed25519 import write_secret
from shared.identity import AUDIT_READ, HANDLING_CONFIDENTIAL, ORDINARY_PURPOSES, PURPOSE_SCOPES, Purpose
from shared.service import Service

# Verb of the Secretariat's officers.
REVIEW: Final = "review"
# Verb of the Commission for the Control of Files.
DECIDE: Final = "decide"
# Only for the Commission: no bureau may learn who requested access to their own data.
COMMISSION_SERVICES: Final = frozenset({"subject-requests"})


def demo_roles(bureau: BureauCode) -> Iterator[Role]:
    """Yield the roles of a bureau."""
    return (role for role in DEMO_ROLES if role != "ccf" or bureau == SECRETARIAT)


def demo_accounts(bureau: BureauCode, role: Role, password_hash: str, services: Sequence[Service]) -> Iterator[Officer]:
    """Yield the officer and the program of a bureau in a role. They share a password, as hashing one is slow."""
    person = Officer(
        id=demo_officer_id(bureau, role),
        bureau=bureau,
        kind="officer",
        password_hash=password_hash,
        scopes=(*_scopes(role, bureau, services), *(PURPOSE_SCOPES[each] for each in _purposes(role))),
        purpose=DEFAULT_PURPOSES[role],
    )
    yield person
    yield msgspec.structs.replace(person, id=demo_program_id(bureau, role), kind="client")


def member_scopes(services: Sequence[Service]) -> frozenset[str]:
    """Return the scopes of officers and auditors of members, without the Secretariat's and the Commission's."""
    [member, *_] = MEMBERS
    accounts = (account for role in demo_roles(member) for account in demo_accounts(member, role, "", services))
    return frozenset(scope for account in accounts for scope in account.scopes)


def demo_officer_id(bureau: BureauCode, role: Role = "officer") -> str:
    """Return the id of the demo officer of a bureau in a role."""
    return f"{bureau.lower()}.{role}"


def demo_program_id(bureau: BureauCode, role: Role = "officer") -> str:
    """Return the id of the demo program of a bureau in a role, which authenticates as a client."""
    return f"{bureau.lower()}.system" if role == "officer" else f"{bureau.lower()}.{role}-system"


# Of requests that state none. Most work of the police is an investigation; whoever uses the network for something more
# particular, such as a border or a security check, says so.
DEFAULT_PURPOSES: Final[dict[Role, Purpose]] = {
    "officer": Purpose.CRIMINAL_INVESTIGATION,
    "auditor": Purpose.CRIME_ANALYSIS,
    "ccf": Purpose.DATA_SUBJECT_REQUEST,
}


def _purposes(role: Role) -> tuple[Purpose, ...]:
    return ORDINARY_PURPOSES if role == "officer" else (DEFAULT_PURPOSES[role],)


def _scopes(role: Role, bureau: BureauCode, services: Sequence[Service]) -> Iterator[str]:
    if role == "auditor":
        yield AUDIT_READ
    if role == "officer":
        yield HANDLING_CONFIDENTIAL
    for service in services:
        for verb in service.verbs:
            if _may(role, bureau, service, verb):
                yield f"{service.name}:{verb}"


def _may(role: Role, bureau: BureauCode, service: Service, verb: str) -> bool:
    match role:
        case "officer":
            allowed = verb != DECIDE and service.name not in COMMISSION_SERVICES
            return allowed and (verb != REVIEW or bureau == SECRETARIAT)
        case "ccf":
            return service.name in COMMISSION_SERVICES or (DECIDE in service.verbs and verb in {"read", DECIDE})
        case "auditor":
            return False


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
