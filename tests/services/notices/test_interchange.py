"""Notices in files: each is read as it was written, and a line that says something else is refused with its reason."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from random import Random
from typing import Any

import pytest

from deploy.commands.notice_lines import MAX_LINE, READERS
from services.notices import rules
from services.notices.colours import Colour
from services.notices.entries import NoticeEntry
from services.notices.examples import EXAMPLES
from services.notices.interchange.detail_reading import entry_of
from services.notices.interchange.detail_writing import detail_of, line_of, path_of
from services.notices.interchange.errors import LineRefused
from services.notices.interchange.follow_the_money import entities_of
from services.notices.interchange.follow_the_money_reading import MAX_PARTS, entry_of_entities, read_entity
from services.notices.models import NoticeRecord
from services.notices.synthesis.entries import synthetic_entry
from services.synthetic_records import seeding_officer
from shared.bureaus import SECRETARIAT, BureauCode
from shared.identity import Purpose
from shared.notice_shapes.members import RedMembers, UnMembers, YellowMembers
from shared.notice_shapes.writing import links_of
from shared.records.policy import Revision
from tests.services.notices.examples import entry

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BASE = "https://gateway.example"
ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
# Not of the content, but of the network that the notice is in.
OF_NETWORK = {"entity_id", "_links"}
OF_NETWORK_IN_FTM = {"recordId", "status", "startDate"}
EVERY_COLOUR = pytest.mark.parametrize("colour", list(Colour))


def drafted(content: NoticeEntry, **changes: Any) -> NoticeRecord:
    owner = SECRETARIAT if content.colour is Colour.UN_SPECIAL else BureauCode("FR")
    by = seeding_officer(owner, Purpose.WANTED_PERSON)
    return rules.draft(content, by=by, revision=Revision(ID, NOW)).model_copy(update=changes)


def examples_of(colour: Colour) -> Iterator[NoticeRecord]:
    """Yield the documented example of a colour, and synthetic ones."""
    random = Random(7)  # noqa: S311
    yield drafted(entry(EXAMPLES[colour]), number="2026/52482")
    for country in ("FR", "RU", "EG", "ID", "JP") * 12:
        made = synthetic_entry(random, BureauCode(country), NOW, colour, (BureauCode("DE"), BureauCode("BR")))
        yield drafted(made, number="2026/52482")


def sent(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False))


def content_of(line: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in line.items() if name not in OF_NETWORK}
    if "entry" in shown:
        shown["entry"] = {name: value for name, value in shown["entry"].items() if name != "reference"}
    return shown


@EVERY_COLOUR
def test_a_whole_line_is_read_as_the_entry_that_it_was(colour: Colour) -> None:
    for notice in examples_of(colour):
        line = sent(line_of(notice, BASE, whole=True))
        read = entry_of(line)
        assert read.reference == "2026/52482"
        assert content_of(sent(line_of(drafted(read), BASE, whole=True))) == content_of(line)


@pytest.mark.parametrize("colour", [Colour.RED, Colour.YELLOW, Colour.UN_SPECIAL])
def test_a_public_line_is_read_as_all_that_it_says(colour: Colour) -> None:
    """And as public, since it was."""
    for notice in examples_of(colour):
        line = sent(line_of(notice.public_extract(), BASE, whole=False))
        assert "entry" not in line
        read = entry_of(line)
        assert read.public
        again = drafted(read, number=notice.number)
        assert sent(line_of(again, BASE, whole=False)) == line


@EVERY_COLOUR
def test_entities_are_read_as_all_that_they_say(colour: Colour) -> None:
    for notice in examples_of(colour):
        entities = [read_entity(sent(entity)) for entity in entities_of(notice)]
        if not entities:
            continue
        again = entities_of(drafted(entry_of_entities(entities[0], entities[1:])))
        assert _without_network(again) == _without_network(entities_of(notice))


def _without_network(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        each
        | {"properties": {name: value for name, value in each["properties"].items() if name not in OF_NETWORK_IN_FTM}}
        for each in entities
    ]


def test_the_public_detail_of_a_red_notice_has_the_members_of_the_public_api() -> None:
    notice = drafted(entry(EXAMPLES[Colour.RED]), number="2026/52482")
    line = line_of(notice.public_extract(), BASE, whole=False)
    assert line == {
        "arrest_warrants": [
            {"issuing_country_id": "FR", "charge": "Vol à main armée", "charge_translation": "Armed robbery"},
            {
                "issuing_country_id": "FR",
                "charge": "Association de malfaiteurs",
                "charge_translation": "Participation in a criminal organisation",
            },
        ],
        "forename": "Étienne Marcel",
        "name": "Delacroisière",
        "date_of_birth": "1979/11/02",
        "entity_id": "2026/52482",
        "nationalities": ["FR"],
        "sex_id": "M",
        "country_of_birth_id": "FR",
        "place_of_birth": "Vernbourg",
        "height": 1.81,
        "weight": 84,
        "languages_spoken_ids": ["FRE", "DUT"],
        "distinguishing_marks": "Burn scar on the back of the right hand.",
        "eyes_colors_id": ["BRO"],
        "hairs_id": ["GRYG"],
        "_embedded": {"links": []},
        "_links": {
            "self": {"href": f"{BASE}/notices/v1/red/2026-52482"},
            "images": {"href": f"{BASE}/notices/v1/red/2026-52482/images"},
        },
    }


@pytest.mark.parametrize("colour", [Colour.RED, Colour.YELLOW, Colour.UN_SPECIAL])
def test_a_line_has_the_members_that_the_documents_promise(colour: Colour) -> None:
    """Of each list: as the public notices API answers it."""
    model = {Colour.RED: RedMembers, Colour.YELLOW: YellowMembers, Colour.UN_SPECIAL: UnMembers}[colour]
    for notice in examples_of(colour):
        detail = detail_of(notice)
        assert model.model_validate(detail).model_dump() == detail


@pytest.mark.parametrize(("photograph", "thumbnail"), [("62412748", "62412749"), ("00012748", "00012749")])
def test_a_thumbnail_has_the_next_number_of_eight_figures(photograph: str, thumbnail: str) -> None:
    assert links_of("https://x.example/red/2026-12", photograph)["thumbnail"] == {
        "href": f"https://x.example/red/2026-12/images/{thumbnail}"
    }


def test_a_line_of_the_original_may_lack_members_and_have_parts_of_kilograms() -> None:
    line = {
        "name": "Vasseliac",
        "forename": "Ilan",
        "weight": 64.6,
        "height": None,
        "arrest_warrants": [{"charge": "fraud"}],
        "_links": {"self": {"href": f"{BASE}/notices/v1/red/2026-52482"}},
    }
    read = entry_of(line).model_dump(mode="json")
    assert (read["subject"]["weight"], read["subject"]["height"]) == (65, None)
    assert [warrant["charge"] for warrant in read["warrants"]] == ["fraud"]


def test_things_and_unnamed_bodies_have_no_form_in_follow_the_money() -> None:
    for colour in (Colour.PURPLE, Colour.BLACK):
        assert entities_of(drafted(entry(EXAMPLES[colour]))) == []
    assert path_of(drafted(entry(EXAMPLES[Colour.PURPLE]))) is None


RED = sent(line_of(drafted(entry(EXAMPLES[Colour.RED]), number="2026/52482"), BASE, whole=True))
PUBLIC = {name: value for name, value in RED.items() if name != "entry"}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{", "must be a JSON document in UTF-8"),
        (b"\xff\xfe", "must be a JSON document in UTF-8"),
        (b"[]", "must be a JSON object"),
        (b'{"name": "A", "name": "B"}', "must have each member once"),
        (b"[" * 100_000, "must be a JSON document in UTF-8"),
        (b'{"name": "' + b"A" * MAX_LINE + b'"}', f"must have at most {MAX_LINE} bytes"),
        ({**RED, "name": "Courtaine"}, "name differs from what entry says: change both, or leave out entry"),
        ({**RED, "occupation": "baker"}, "occupation is not known here: leave it out"),
        ({**RED, "entry": {"colour": "pink"}}, "colour: must be"),
        ({**RED, "entry": {**RED["entry"], "event": {"date": "2026-02-31"}}}, "event/date: "),
        ({**RED, "entry": {**RED["entry"], "owner": "DE"}}, "owner: is not known here: leave it out"),
        ({**PUBLIC, "occupation": "baker"}, "occupation: is not known here: leave it out"),
        ({**PUBLIC, "nationalities": ["QQ"]}, "subject/nationalities/0: QQ is on no list"),
        ({**PUBLIC, "height": "tall"}, "height: must be a number"),
        ({**PUBLIC, "_links": {}}, "_links/self/href must name the kind"),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_its_number_and_the_others_are_read(line: Any, fault: str) -> None:
    wrong = line if isinstance(line, bytes) else json.dumps(line).encode()
    good = json.dumps(RED).encode()
    first, second, third = READERS["jsonl"](BytesIO(b"\n".join([good, b"", wrong, good])))
    assert (first.number, second.number, third.number) == (1, 3, 4)
    assert first.entry == third.entry is not None
    assert second.entry is None
    assert second.fault.startswith(fault)


FTM = [sent(entity) for entity in entities_of(drafted(entry(EXAMPLES[Colour.RED]), number="2026/52482"))]


def _changed(place: int, **properties: list[str]) -> list[dict[str, Any]]:
    changed = sent(FTM)
    changed[place]["properties"] |= properties
    return list(changed)


@pytest.mark.parametrize(
    ("entities", "number", "fault"),
    [
        (FTM[:1], 1, "a Sanction must follow"),
        (FTM[1:], 1, "properties/holder: must be the id of the Person or Organization before it"),
        (_changed(0, education=["none"]), 1, "properties/education: a notice does not carry it: leave it out"),
        (_changed(0, gender=["m"]), 1, "properties/gender: must be male or female"),
        (_changed(0, firstName=["A", "B"]), 1, "properties/firstName: must have one value"),
        (_changed(0, nationality=["qq"]), 1, "subject/nationalities/0: QQ is on no list"),
        (_changed(2, program=["Pink notice"]), 1, "properties/program: must be Red notice"),
        (_changed(2, entity=["another"]), 3, "properties/entity: must be the id"),
        ([{"id": "a", "schema": "Vessel", "properties": {}}], 1, "schema: must be Person"),
        ([{"schema": "Person", "properties": {}}], 1, "id: is required"),
        ([FTM[0], *[FTM[2]] * (MAX_PARTS + 1)], MAX_PARTS + 2, f"a subject may have at most {MAX_PARTS} entities"),
    ],
)
def test_an_entity_that_is_wrong_is_refused_and_the_next_subject_is_read(
    entities: list[dict[str, Any]], number: int, fault: str
) -> None:
    source = BytesIO(b"\n".join(json.dumps(each).encode() for each in [*entities, *FTM]))
    refused, *others = READERS["ftm"](source)
    assert (refused.number, refused.entry) == (number, None)
    assert refused.fault.startswith(fault)
    assert others[-1].entry is not None
    assert others[-1].number == len(entities) + 1


def test_a_refusal_does_not_repeat_what_stands_in_the_file() -> None:
    """It goes to terminals and logs."""
    with pytest.raises(LineRefused) as refused:
        entry_of({**RED, "entry": {**RED["entry"], "language": "Delacroisière"}})
    assert "Delacroisière" not in str(refused.value)
