"""The generated tables of the documents."""

import argparse
import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from deploy.generated.asyncapi.tables import heads_table, limits_table, members_table, subjects_table
from deploy.generated.command_tables import commands_reference
from deploy.generated.criteria_tables import criteria_reference, screening_table
from deploy.generated.identity_tables import identities_table
from deploy.generated.layer_tables import layers_reference
from deploy.generated.markdown import table
from deploy.provisioning.demo_accounts import DEFAULT_PURPOSES, demo_accounts, demo_roles
from deploy.state.settings import Settings
from gateway.local_services import LOCAL_SERVICES
from gateway.witness.rules import MEANINGS
from shared.bureaus import (
    COMMISSION,
    MEMBERS,
    OFFICES,
    PARTNERS,
    REVIEWING_UNIT,
    SECRETARIAT,
    BureauCode,
    kind_of,
)
from shared.codes.countries import FORMER
from shared.codes.documents import BRITISH, KOSOVO, ORGANISATIONS, PERSONS
from shared.errors import PROBLEM_TYPE_PREFIX, REFUSALS, TransportRefusal
from shared.fieldpack.refusals import OF_POSTS
from shared.identity import COMMON_SCOPES, ORDINARY_PURPOSES, PURPOSE_SCOPES, Purpose, is_purpose_open_to
from shared.outcomes import repetition_in_words
from shared.protocol.directory_entry import Entry
from shared.protocol.messages import AttachmentMetadata, Content
from shared.protocol.quotes import QuotedRecord
from shared.records.results import WITHHELD, WITHHELD_MEANING
from shared.records.search.query_warnings import WarningKind
from shared.service import Service
from shared.web.routing import path_of

TABLE: Final = re.compile(r"<!-- ([a-z]+) -->\n(.*?)<!-- /\1 -->", re.DOTALL)


def pages_with_tables(
    docs: Path, services: tuple[Service, ...], command_line: argparse.ArgumentParser
) -> dict[Path, str]:
    """Return each page that has tables, with current tables. The services must have been imported, see `_problems`."""
    tables = _tables(services, command_line) | {"decisions": _decisions(docs / "decisions")}
    pages = {page: page.read_text() for page in sorted(docs.rglob("*.md"))}
    return {
        page: TABLE.sub(lambda found: f"<!-- {found[1]} -->\n{tables[found[1]]}<!-- /{found[1]} -->", text)
        for page, text in pages.items()
        if TABLE.search(text)
    }


def _tables(services: tuple[Service, ...], command_line: argparse.ArgumentParser) -> dict[str, str]:
    return {
        "problems": _problems(),
        "settings": _settings(),
        "commands": commands_reference(command_line),
        "scopes": _scopes((*services, *LOCAL_SERVICES)),
        "participants": _participants(),
        "purposes": _purposes((*services, *LOCAL_SERVICES)),
        "layers": layers_reference(),
        "services": _services((*services, *LOCAL_SERVICES)),
        "subjects": subjects_table(),
        "entries": members_table(Entry),
        "heads": heads_table(),
        "contents": members_table(Content),
        "quoted-records": members_table(QuotedRecord),
        "attachments": members_table(AttachmentMetadata),
        "limits": limits_table(),
        "alarms": _alarms(),
        "warnings": _warnings(services),
        "entrywarnings": _entry_warnings(services),
        "criteria": criteria_reference(),
        "screening": screening_table(),
        "identities": identities_table(),
        "documents": _document_codes(),
        "former": _former_countries(),
    }


def _services(services: tuple[Service, ...]) -> str:
    rows = [
        (f"`{path_of(each.name)}`", each.summary, f"`{each.package.replace('.', '/')}/`")
        for each in sorted(services, key=lambda each: (each.package.partition(".")[0] != "services", each.package))
    ]
    return table("path | what is in it | code", rows)


def _decisions(folder: Path) -> str:
    rows = []
    for file in sorted(folder.glob("[0-9]*.md")):
        title, _, status, *_ = file.read_text().split("\n")
        stated, date = (re.findall(rf"\*\*{name}\*\*: ([\w-]+)", status)[0] for name in ("Status", "Date"))
        rows.append((f"[{title.removeprefix('# ')}]({file.name})", stated, date))
    return table("decision | status | date", rows)


def _problems() -> str:
    """Return the table of all problems. The services, which define some, must have been imported."""
    # Those of a post, which no service gives.
    known = sorted(
        {**REFUSALS, **{each.code: each for each in OF_POSTS}}.items(), key=lambda pair: (pair[1].status, pair[0])
    )
    rows = [
        (
            kind.status,
            f"`{code}`",
            kind.title,
            kind.outcome.value,
            repetition_in_words(kind.outcome, kind.status),
            _mark(kind),
        )
        for code, kind in known
    ]
    columns = "meaning | changed something | send it again | `I247-Error`"
    return table(f"status | `{PROBLEM_TYPE_PREFIX}`... | {columns}", rows)


def _document_codes() -> str:
    parts = (
        (PERSONS, "a nationality"),
        (BRITISH, "a nationality, an issuer"),
        (KOSOVO, "a nationality, an issuer, a country of birth"),
        (ORGANISATIONS, "a nationality, an issuer"),
    )
    rows = [(f"`{code}`", name, where) for codes, where in parts for code, name in codes.items()]
    return table("code | for | accepted as", rows)


def _former_countries() -> str:
    rows = [
        (f"`{code}`", former.name, f"{former.alpha_2}, {former.withdrawn}", ", ".join(former.today))
        for code, former in FORMER.items()
    ]
    return table("code | country | two letters, withdrawn in | today", rows)


def _alarms() -> str:
    meanings = ((subject, *pair) for subject, faults in MEANINGS.items() for pair in faults.items())
    return table("about | alarm | meaning", ((subject, f"`{fault}`", meaning) for subject, fault, meaning in meanings))


def _warnings(services: tuple[Service, ...]) -> str:
    rows = _warning_rows(services, "warning_kinds")
    rows.append((f"`{WITHHELD}`", WITHHELD_MEANING, "every kind of record"))
    return table("warning | meaning | searches for", rows)


def _entry_warnings(services: tuple[Service, ...]) -> str:
    return table("warning | meaning | records", _warning_rows(services, "entry_warning_kinds"))


def _warning_rows(services: tuple[Service, ...], declared: str) -> list[tuple[str, str, str]]:
    """Return the code and meaning of each kind of warning that kinds of record declare, and which do."""
    stores = (store for service in services for store in service.metadata.info["stores"])
    kinds: dict[WarningKind, list[str]] = {}
    for store in stores:
        for kind in getattr(store, declared, ()):
            kinds.setdefault(kind, []).append(store.model.record_kind())
    return [(f"`{kind.code}`", kind.meaning, ", ".join(of)) for kind, of in kinds.items()]


def _mark(kind: type) -> str:
    return f"`{kind.mark}`" if issubclass(kind, TransportRefusal) else ""


def _settings() -> str:
    rows = [(f"`I247_{name.upper()}`", _default(name), description) for name, description in descriptions().items()]
    return table("variable | default | meaning", rows)


def descriptions() -> dict[str, str]:
    """Return the description of each setting: the text below it in the source."""
    return _texts_below_members(Settings)


def _texts_below_members(kind: type) -> dict[str, str]:
    [definition] = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - it is the source of a class
    return {
        ast.unparse(member.target if isinstance(member, ast.AnnAssign) else member.targets[0]): " ".join(
            text.value.value.split()
        )
        for member, text in pairwise(definition.body)
        if isinstance(member, ast.AnnAssign | ast.Assign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    if default in {None, ()}:
        return ""
    return f"`{','.join(default) if isinstance(default, tuple) else default}`"


def _scopes(services: tuple[Service, ...]) -> str:
    of_services = [(scope, service.summary) for service in services for scope in service.scopes]
    rows = [(f"`{scope}`", of, _holders(scope, services)) for scope, of in (*of_services, *COMMON_SCOPES.items())]
    return table("scope | of | demo roles that hold it", rows)


def _purposes(services: tuple[Service, ...]) -> str:
    meanings = _texts_below_members(Purpose)
    rows = [
        (f"`{each.value}`", meanings[each.name], f"`{scope}`", _holders(scope, services), _default_of(each))
        for each, scope in PURPOSE_SCOPES.items()
    ]
    return table("purpose | meaning | scope | demo roles that hold it | default of", rows)


def _participants() -> str:
    """Return the table of those that are no members; what a partner may state, its agreement says."""
    rows = [(f"`{code}`", name, kind_of(code), _open_purposes(code)) for code, name in (OFFICES | PARTNERS).items()]
    return table("code | name | kind | purposes that its officers may state", rows)


def _open_purposes(code: BureauCode) -> str:
    if code in PARTNERS:
        return "those of its agreement"
    opened = [purpose for purpose in Purpose if is_purpose_open_to(code, purpose)]
    if opened == list(ORDINARY_PURPOSES):
        return "all but `data-subject-request`"
    return ", ".join(f"`{purpose.value}`" for purpose in opened)


def _default_of(purpose: Purpose) -> str:
    return ", ".join(role for role, default in DEFAULT_PURPOSES.items() if default is purpose)


def _holders(scope: str, services: tuple[Service, ...]) -> str:
    [member, *_] = MEMBERS
    of_member = set(_roles_with(scope, member, services))
    of_others = (
        f"{role} of {each}"
        for each in (SECRETARIAT, REVIEWING_UNIT, COMMISSION)
        for role in _roles_with(scope, each, services)
        if role not in of_member
    )
    return ", ".join((*sorted(of_member), *of_others))


def _roles_with(scope: str, bureau: BureauCode, services: tuple[Service, ...]) -> Iterator[str]:
    for role in demo_roles(bureau):
        if any(scope in login.scopes for login in demo_accounts(bureau, role, "", services)):
            yield role
