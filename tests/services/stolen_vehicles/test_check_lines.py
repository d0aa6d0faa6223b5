"""Ten thousand lines in one request, as JSON or as a table: each is answered in its place."""

import csv
import json
from typing import Any

import httpx
import pytest

from services.stolen_vehicles.store import VehicleStore
from shared.records.batch import checking
from shared.records.batch.answers import HEADER
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient, problem_of

CSV = {"Content-Type": "text/csv; charset=utf-8"}


async def check_table(service: ServiceClient, table: str | bytes, **query: Any) -> httpx.Response:
    content = table.encode() if isinstance(table, str) else table
    return await service.officer("PL").post(f"{PATH}/checks", params=query, content=content, headers=CSV)


async def check(service: ServiceClient, checks: list[Any], bureau: str = "PL", **more: Any) -> httpx.Response:
    return await service.officer(bureau).post(f"{PATH}/checks", json={"checks": checks, **more})


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    assert (response.status_code, response.headers["content-type"]) == (200, "text/csv; charset=utf-8"), response.text
    return [*csv.DictReader(response.text.splitlines())]


async def test_a_table_is_answered_with_a_table_in_which_each_line_has_its_number(service: ServiceClient) -> None:
    """A line that is unreadable is answered in its place, and the others are searched."""
    record = await enter(service)
    lines = (b"FZ 512 KL;IT;;lane 3", b"", b";;---;", b";;A\xe4;", b"XX 1;IT;;=2+2")
    table = b"\xef\xbb\xbf" + b"\r\n".join((b"Plate;Country;VIN;own reference", *lines))
    found = rows_of(await check_table(service, table))
    assert [(row["line"], row["own_reference"], row["result"], row["total"]) for row in found] == [
        *(("2", "lane 3", "hit", "1"), ("4", "", "refused", ""), ("5", "", "refused", ""), ("6", "=2+2", "none", "0"))
    ]
    assert (found[0]["record"], found[0]["owner"], found[0]["match"]) == (record["id"], "IT", "plate")
    assert (found[1]["pointer"], found[1]["detail"]) == ("/vin", "must have a letter or a figure")
    assert found[2]["detail"].startswith("the line is not UTF-8: byte 4 of the line is 0xe4; save the file as UTF-8")
    assert tuple(found[0]) == HEADER


async def test_a_line_that_is_refused_keeps_its_own_reference(service: ServiceClient) -> None:
    """If that can be read: the line is wrong elsewhere."""
    rows = rows_of(await check_table(service, "plate,country,own_reference\nAB 1,D,x\nAB 1,D," + "y" * 99))
    assert [(row["result"], row["own_reference"]) for row in rows] == [("refused", "x"), ("refused", "")]
    lines = [{"plate": "AB 1", "country": "D", "own_reference": "x"}, {"vin": "---", "own_reference": 7}, 7]
    results = (await check(service, lines)).json()["results"]
    assert [each["own_reference"] for each in results] == ["x", None, None]


async def test_a_line_is_not_narrowed_to_the_records_of_the_own_bureau(service: ServiceClient) -> None:
    """A name for the line in the member of a search would hide what others entered, and look like an all-clear."""
    await enter(service)
    known = {"plate": ALFA["plate"], "country": ALFA["country"]}
    refused, found = (await check(service, [{**known, "reference": "lane 1"}, known])).json()["results"]
    assert (refused["error"]["pointer"], found["total"]) == ("/reference", 1)
    assert refused["error"]["detail"].endswith("call your name for the line own_reference")
    answer = await check_table(service, "plate,country,reference\nAB 1,D,lane 1")
    assert problem_of(answer)[0] == 422
    assert "no column is called 'reference': did you mean own_reference?" in answer.text


async def test_a_hit_in_a_table_says_on_which_terms_it_is_shared(service: ServiceClient) -> None:
    """As those who read it are bound by them."""
    await enter(service, conditions=["H1", "H3"], other_condition="Inform us before.", handling="RESTRICTED")
    hit, none = rows_of(await check_table(service, f"vin\n{ALFA['vin']}\nA12345\n"))
    assert (hit["handling"], hit["conditions"], hit["other_condition"]) == ("RESTRICTED", "H1 H3", "Inform us before.")
    assert (none["handling"], none["conditions"], None in none) == ("", "", False)


async def test_the_answer_has_the_other_form_if_that_is_asked_for(service: ServiceClient) -> None:
    """A program may send a table and read JSON."""
    await enter(service)
    answer = await check_table(service, f"vin\n{ALFA['vin']}\nA1\n", answer="json")
    assert [(each["line"], each["total"]) for each in answer.json()["results"]] == [(2, 1), (3, 0)]
    body = {"checks": [{"vin": ALFA["vin"], "own_reference": "a"}, {"vin": "A1"}]}
    rows = rows_of(await service.officer("PL").post(f"{PATH}/checks", params={"answer": "csv"}, json=body))
    assert [(row["line"], row["own_reference"], row["result"]) for row in rows] == [
        ("1", "a", "hit"),
        ("2", "", "none"),
    ]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("vin,palte\nA1,B2", "did you mean plate?"),
        ("vin", "the table has no line after its header"),
        ("", "must name the columns"),
        ("vin\n" + "A1\n" * 10_001, "at most 10,000 lines"),
    ],
)
async def test_a_table_that_cannot_be_read_is_refused_with_what_to_change(
    service: ServiceClient, table: str, says: str
) -> None:
    """Nothing of it is searched."""
    response = await check_table(service, table)
    assert problem_of(response) == (422, "invalid")
    assert says in response.json()["detail"]


async def test_other_bodies_are_refused(service: ServiceClient) -> None:
    """Of another type, larger than 4 MiB, or not strict JSON."""
    officer = service.officer("PL")
    xml = await officer.post(f"{PATH}/checks", content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert problem_of(xml) == (415, "unsupported-media-type")
    assert problem_of(await check_table(service, b"vin\n" + b"A" * 2**22)) == (413, "too-large")
    twice = b'{"checks": [{"vin": "A1"}], "checks": [{"vin": "A2"}]}'
    for body in (twice, b'{"checks": [', b'{"checks": [{"vin": NaN}]}', b'{"checks": [{"vin": ' + b"[" * 100_000):
        sent = await officer.post(f"{PATH}/checks", content=body, headers={"Content-Type": "application/json"})
        assert problem_of(sent) == (400, "malformed"), body


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"vin": "A1", "vin": "A2"}', "malformed"),
        (b'{"vin": "A\\u0000"}', "malformed"),
        (b'{"vin": "A\xe91"}', "malformed"),
        (b'{"vin": ' + b"9" * 5_000 + b"}", "malformed"),
        (b'{"vin": 1e999}', "malformed"),
        (b'{"vin": [' + b"0," * 400 + b"0]}", "too-large"),
        (b'{"vin": "' + b"A" * 65_536 + b'"}', "too-large"),
        (b"[" * 300 + b"]" * 300, "malformed"),
    ],
)
async def test_a_line_of_json_that_is_unreadable_is_answered_in_its_place(
    service: ServiceClient, line: bytes, code: str
) -> None:
    """The others are searched, as those of a table."""
    await enter(service)
    body = b'{"checks": [{"vin": "%b"}, %b, {"vin": "A1"}]}' % (ALFA["vin"].encode(), line)
    sent = await service.officer("PL").post(
        f"{PATH}/checks", content=body, headers={"Content-Type": "application/json"}
    )
    assert sent.status_code == 200, sent.text
    results = sent.json()["results"]
    assert [(each["total"], each["error"] and each["error"]["code"]) for each in results] == [
        *((1, None), (None, code), (0, None))
    ]


async def test_a_body_of_json_is_read_as_strictly_as_any_other(service: ServiceClient) -> None:
    """What is wrong around the lines is an error of the request, with what was meant."""
    answer = await service.officer("PL").post(f"{PATH}/checks", json={"checks": [{"vin": "A1"}], "rember": True})
    assert problem_of(answer) == (422, "invalid")
    assert answer.json()["errors"] == [
        {"in": "body", "pointer": "/rember", "detail": "is not known here: did you mean remember?"}
    ]
    lines = (await check(service, [{"vin": 5}, {"vin": "A1"}, {"vin": "A:1"}])).json()["results"]
    assert [line["error"] and line["error"]["pointer"] for line in lines] == ["/vin", None, None]


@pytest.mark.thorough
async def test_ten_thousand_lines_are_checked_at_once_and_one_more_is_refused(service: ServiceClient) -> None:
    """One of them is a hit."""
    await enter(service)
    checks = [{"vin": f"WVWZZZ1JZ1W{number:06d}"} for number in range(9_999)]
    results = (await check(service, [*checks, {"vin": ALFA["vin"]}])).json()["results"]
    assert [line["line"] for line in results if line["total"]] == [10_000]
    assert problem_of(await check(service, [*checks, *checks[:2]])) == (422, "invalid")


@pytest.mark.parametrize("option", ["remember", "near"])
async def test_what_costs_more_is_done_for_five_hundred_lines_alone(service: ServiceClient, option: str) -> None:
    """As each line leaves a row, or takes some hundred look-ups."""
    assert (await check(service, [{"vin": "A1"}] * 500, **{option: True})).is_success
    assert problem_of(await check(service, [{"vin": "A1"}] * 501, **{option: True})) == (422, "invalid")
    refused = await check_table(service, "vin\n" + "A1\n" * 501, **{option: True})
    assert problem_of(refused) == (422, "invalid")


async def test_what_is_near_is_listed_if_that_is_asked_for(service: ServiceClient) -> None:
    """For all lines, or for those that ask for it; as by a search alone."""
    record = await enter(service)
    alone = (
        await service.officer("PL").get(f"{PATH}/search", params={"vin": "ZAR93700005123457", "near": True})
    ).json()
    for lines, more in (
        ([{"vin": "ZAR93700005123457"}, {"vin": "A1"}], {"near": True}),
        ([{"vin": "ZAR93700005123457", "near": True}, {"vin": "A1"}], {}),
    ):
        found, other = (await check(service, lines, **more)).json()["results"]
        assert (found["hits"], found["near"], other["near"]) == ([], alone["near"], [])
    [row] = rows_of(await check_table(service, "vin\nZAR93700005123457\n", near=True))
    assert (row["result"], row["total"], row["near"], row["record"]) == ("near", "0", "1", record["id"])


async def test_lines_that_take_statements_of_their_own_are_few(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those beyond are not searched, and say so."""
    monkeypatch.setattr(checking, "MAX_NEAR", 2)
    results = (await check(service, [{"vin": "ZAR9*"}, {"vin": "A1"}, *[{"plate": "FZ512*"}] * 2])).json()["results"]
    assert [line["error"] and line["error"]["code"] for line in results] == [None, None, None, "not-searched"]


async def test_lines_beyond_a_full_answer_have_an_error_and_not_an_all_clear(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are to be checked again; what was found of the others is shown."""
    monkeypatch.setattr(checking, "MAX_HITS", 3)
    await enter(service)
    results = (await check(service, [{"vin": "A1"}, *[{"vin": ALFA["vin"]}] * 5, {"vin": "A2"}])).json()["results"]
    assert [(line["total"], line["error"] and line["error"]["code"]) for line in results] == [
        *((0, None), (1, None), (1, None), (1, None), (None, "not-searched"), (None, "not-searched"), (0, None))
    ]


async def test_hits_beyond_the_bytes_of_an_answer_are_counted_and_said(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the records are."""
    record = await enter(service)
    monkeypatch.setattr(checking, "MAX_HITS_BYTES", len(json.dumps(record)))
    await enter(service, "DE")
    [line, other] = (await check(service, [{"vin": ALFA["vin"]}, {"vin": ALFA["vin"]}])).json()["results"]
    assert (len(line["hits"]), line["total"]) == (1, 2)
    assert [each["code"] for each in line["warnings"]] == ["hits-cut"]
    assert other["error"]["code"] == "not-searched"


async def test_a_line_finds_what_a_search_finds(service: ServiceClient) -> None:
    """Hidden, recovered and restricted vehicles are as if they were not there, by each key."""
    await enter(service)
    await enter(service, plate="AA 1", vin="WVWZZZ1JZ1W000002", engine_number="E 1234", restricted=["PL"])
    recovered = await enter(service, plate="AA 2", vin="WVWZZZ1JZ1W000003")
    assert (await service.officer("IT").post(f"{PATH}/{recovered['id']}/recovery")).is_success
    queries = [
        *({"vin": "zar-937000-o5123456"}, {"vin": "WVWZZZ1JZ1W000002"}, {"vin": "WVWZZZ1JZ1W000003"}),
        *({"plate": "AA1", "country": "IT"}, {"plate": "FZ512KL", "country": "IT", "vin": "X1"}),
        *({"engine_number": "E1234"}, {"vin": "ZZZZZZZZZZZZZZZZZ"}, {"vin": "000"}),
    ]
    for bureau in ("PL", "DE", "IT"):
        officer = service.officer(bureau)
        alone = [(await officer.get(f"{PATH}/search", params=query)).json() for query in queries]
        together = (await check(service, queries, bureau)).json()["results"]
        assert [line["hits"] for line in together] == [found["hits"] for found in alone]
        assert [line["total"] for line in together] == [found["total"] for found in alone]
        assert [line["warnings"] for line in together] == [found["warnings"] for found in alone]


def test_the_columns_of_a_table_are_those_of_a_search() -> None:
    """And the own reference, which is not searched; without the reference of a record of the own bureau."""
    columns = checking.reader_of(VehicleStore).columns
    assert {*columns} == {*VehicleStore.query.model_fields, "own_reference"} - {"reference"}
