"""Translations of a notice: each text of every colour that a reader needs, and none of what the notice does not say."""

from datetime import date
from typing import Any, Final, get_args

import pytest
from pydantic import BaseModel

from services.notices.criteria.requirements import faults_of
from services.notices.entries import NoticeEntry, Translation
from services.notices.subjects.models import AnySubject
from services.notices.warrants import Charge
from shared.people import LongText
from tests.services.notices.examples import PERSON, WARRANT, complete, entry

TODAY: Final = date(2026, 11, 28)
CHARGE = {name: WARRANT[name] for name in ("charge", "law", "offence")}
CHARGES: Final[list[str]] = ["Vol avec arme", "Association de malfaiteurs"]
TWO_CHARGES: Final = {"warrants": [{**WARRANT, "further_charges": [{**CHARGE, "charge": "Recel"}]}]}


def faults(content: dict[str, Any]) -> list[str]:
    found = faults_of(entry(content).resolved(), TODAY)
    return [each.pointer for each in found if each.pointer.startswith("/translations")]


def in_french(colour: str, **texts: Any) -> dict[str, Any]:
    return complete(colour, translations=[{"language": "fr", **texts}])


def long_texts(kind: type[BaseModel]) -> set[str]:
    """Return the members of a model that are long texts."""
    return {name for name, field in kind.model_fields.items() if LongText in get_args(field.annotation)}


def test_every_long_text_of_a_notice_can_be_translated() -> None:
    """A new one must be; `charge_translation` is that in English, of each charge."""
    kinds = [*get_args(get_args(NoticeEntry.__value__)[0]), *get_args(AnySubject)]
    texts = set[str]().union(*map(long_texts, kinds))
    assert texts == {"facts", "circumstances", "distinguishing_marks", "description"}
    assert long_texts(Charge) == {"charge", "charge_translation"}
    assert Translation.model_fields.keys() == texts | {"language", "charges"}


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        (in_french("red", facts="A attaqué.", charges=CHARGES[:1]), []),
        (in_french("red", charges=CHARGES), ["/translations/0/charges"]),
        (in_french("red", charges=CHARGES) | TWO_CHARGES, []),
        (in_french("red", charges=CHARGES[:1]) | TWO_CHARGES, ["/translations/0/charges"]),
        (in_french("blue", charges=CHARGES[:1]), ["/translations/0/charges"]),
        (in_french("yellow", circumstances="N'est pas rentrée."), []),
        (in_french("yellow", facts="A disparu."), ["/translations/0/facts"]),
        (in_french("blue", circumstances="N'est pas rentrée."), ["/translations/0/circumstances"]),
        (in_french("purple", description="A une cavité."), []),
        (in_french("red", description="Grand."), ["/translations/0/description"]),
        (in_french("red", distinguishing_marks="Cicatrice."), ["/translations/0/distinguishing_marks"]),
        (
            in_french("red", distinguishing_marks="Cicatrice.") | {"subject": {**PERSON, "distinguishing_marks": "x"}},
            [],
        ),
        (in_french("red"), ["/translations/0"]),
    ],
)
def test_a_translation_is_of_what_the_notice_says(content: dict[str, Any], pointers: list[str]) -> None:
    """Of its charges all or none, so that each stands beside its own."""
    assert faults(content) == pointers
