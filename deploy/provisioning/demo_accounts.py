"""Who may log in to a mesh that is tried out: officers and programs of each bureau by their role, with today's scopes.

None of them is a person. A real bureau has an OpenID provider of its own, or writes its officers into the file.
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
from shared.identity import AUDIT_READ, ORDINARY_PURPOSES, PURPOSE_SCOPES, Purpose
from shared.service import Service

# What the officers of the Secretariat alone may do.
REVIEW: Final = "review"
# What the Commission for the Control of Files alone may do, with the records of each service that has the verb.
DECIDE: Final = "decide"
# The Commission's alone, as no bureau may learn who asked what is known of him.
COMMISSION_SERVICES: Final = frozenset({"subject-requests"})


def demo_roles(bureau: BureauCode) -> Iterator[Role]:
    """Return the roles that a bureau has."""
    return (role for role in DEMO_ROLES if role != "ccf" or bureau == SECRETARIAT)


def demo_logins(bureau: BureauCode, role: Role, password_hash: str, services: Sequence[Service]) -> Iterator[Officer]:
    """Yield the officer and the program of a bureau in a role, who have one password: to hash it takes its time."""
    person = Officer(
        id=demo_officer_id(bureau, role),
        bureau=bureau,
        kind="officer",
        password_hash=password_hash,
        scopes=(*_operations(role, bureau, services), *(PURPOSE_SCOPES[each] for each in _purposes(role))),
        purpose=_USUAL[role],
    )
    yield person
    yield msgspec.structs.replace(person, id=demo_program_id(bureau, role), kind="client")


def scopes_of_members(services: Sequence[Service]) -> frozenset[str]:
    """Return all scopes that officers and auditors of a member may hold: none of the Secretariat's or Commission's."""
    [member, *_] = MEMBERS
    logins = (login for role in demo_roles(member) for login in demo_logins(member, role, "", services))
    return frozenset(scope for login in logins for scope in login.scopes)


def demo_officer_id(bureau: BureauCode, role: Role = "officer") -> str:
    """Return the id of the demo officer of a bureau in a role."""
    return f"{bureau.lower()}.{role}"


def demo_program_id(bureau: BureauCode, role: Role = "officer") -> str:
    """Return the id of the demo program of a bureau in a role, which authenticates as a client."""
    return f"{bureau.lower()}.system" if role == "officer" else f"{bureau.lower()}.{role}-system"


_USUAL: Final[dict[Role, Purpose]] = {
    "officer": Purpose.SECURITY_CHECK,
    "auditor": Purpose.CRIME_ANALYSIS,
    "ccf": Purpose.DATA_SUBJECT_REQUEST,
}


def _purposes(role: Role) -> tuple[Purpose, ...]:
    return ORDINARY_PURPOSES if role == "officer" else (_USUAL[role],)


def _operations(role: Role, bureau: BureauCode, services: Sequence[Service]) -> Iterator[str]:
    if role == "auditor":
        yield AUDIT_READ
    for service in services:
        for verb in service.verbs:
            if _may(role, bureau, service, verb):
                yield f"{service.name}:{verb}"


def _may(role: Role, bureau: BureauCode, service: Service, verb: str) -> bool:
    match role:
        case "officer":
            usual = verb != DECIDE and service.name not in COMMISSION_SERVICES
            return usual and (verb != REVIEW or bureau == SECRETARIAT)
        case "ccf":
            return service.name in COMMISSION_SERVICES or (DECIDE in service.verbs and verb in {"read", DECIDE})
        case "auditor":
            return False


def save_demo_passwords(home: StateDir, passwords: dict[str, str]) -> None:
    """Write the passwords of the demo accounts, readable by the owner of the state directory only."""
    write_secret(home.demo_passwords, msgspec.json.format(msgspec.json.encode(passwords), indent=1))


def load_demo_passwords(home: StateDir) -> dict[str, str]:
    """Return the passwords of the demo officers by their ids. Raises StartRefused."""
    if not home.demo_passwords.exists():
        return {}
    try:
        return msgspec.json.decode(home.demo_passwords.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        raise StartRefused(f"{home.demo_passwords} cannot be read: restore or remove the file") from error
