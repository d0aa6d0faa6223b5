"""Criminal files about people who do not exist, as a bureau would enter them."""

from typing import Any, Final

from services.notices.persons import rules
from services.notices.persons.entries import PersonEntry, PersonFile
from shared.identity import Caller
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.conftest import NOW
from tests.support import ServiceClient

PATH: Final = "/api/notices/persons"
SUBJECT: Final[dict[str, Any]] = {
    "person_status": "suspect",
    "name": "Marvellier",
    "forename": "Étienne Noël",
    "sex": "M",
    "date_of_birth": "1980-05-06",
    "nationalities": ["FR", "CH"],
    "documents": [{"kind": "passport", "number": "19 AK-00417", "country": "FR"}],
}
PENDING: Final[dict[str, Any]] = {
    "offence": {"category": "robbery"},
    "charge": "Vol à main armée",
    "date": "2019-06-14",
    "country": "FR",
    "source": "Police judiciaire",
}
CONVICTION: Final[dict[str, Any]] = {
    **PENDING,
    "court": "TJ de Vernbourg",
    "decided": "2020-02-03",
    "outcome": "convicted",
    "sentence": {"imprisonment_months": 54},
}
ACQUITTAL: Final[dict[str, Any]] = {**PENDING, "decided": "2020-02-03", "outcome": "acquitted"}
FRAUD: Final[dict[str, Any]] = {**PENDING, "offence": {"category": "fraud"}, "charge": "Escroquerie"}


def content(*history: dict[str, Any], **subject: Any) -> dict[str, Any]:
    """Return a file of these cases, about a person who is otherwise described."""
    return {"subject": {**SUBJECT, **subject}, "history": list(history or [PENDING])}


def entry(*history: dict[str, Any], **subject: Any) -> PersonEntry:
    """Return such an entry."""
    return PersonEntry.model_validate(content(*history, **subject))


def file_of(by: Caller, *history: dict[str, Any], **subject: Any) -> PersonFile:
    """Return such a file, as a bureau entered it."""
    return rules.enter(entry(*history, **subject), by=by, revision=Revision(uuid7(NOW), NOW))


async def entered(service: ServiceClient, *history: dict[str, Any], owner: str = "FR", **more: Any) -> str:
    """Enter a file, and return its id; members of the file other than those of its subject are given in `file`."""
    stated = {**content(*history, **{k: v for k, v in more.items() if k != "file"}), **more.get("file", {})}
    answer = await service.officer(owner).post(PATH, json=stated)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def found(service: ServiceClient, bureau: str, **query: Any) -> list[str]:
    """Return the ids of the files that a search of a bureau finds."""
    answer = await service.officer(bureau).get(f"{PATH}/search", params=query)
    assert answer.status_code == 200, answer.text
    return [hit["record"]["id"] for hit in answer.json()["hits"]]
