"""One mistake in a request gives one error, in words, which points to it: in any place of any operation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from msgspec.structs import replace

from gateway.local_services import LOCAL_SERVICES
from gateway.subject_requests import SERVICE as SUBJECT_REQUESTS
from services import SERVICES
from shared.bureaus import COMMISSION
from shared.clock import FixedClock
from shared.codes import CODE_LIST
from shared.disclosure import DisclosureRecorder
from shared.identity import AUDIT_READ, AUDIT_WITNESS, Purpose
from shared.patterns import words_of
from shared.service import Service
from tests.contract.operations import Operation, document_of, operations_of
from tests.contract.samples import JSON, Mistake, Sample, as_text, mistakes_in, sample_of
from tests.contract.test_strict_types import serving
from tests.support import ServiceClient, caller

EVERY_SERVICE: Final = pytest.mark.parametrize(
    "service", [*SERVICES, *LOCAL_SERVICES], ids=lambda service: service.name
)
FORM: Final = "multipart/form-data"
CSV: Final = "text/csv"
STREAM: Final = "text/event-stream"
INVALID: Final = "urn:i247:problem:invalid"
# What no sentence for people has.
LOOKS_LIKE_A_PATTERN: Final = re.compile(r"[\\^|$]|\[[^\]]*-[^\]]*\]|\{\d|\(\?")
CODED: Final = re.compile("(.*_)?country(_.*)?|nationality|nationalities|languages?|(.*_)?currency")


async def ask(officer: httpx.AsyncClient, sample: Sample) -> httpx.Response:
    target = re.sub(r"\{([^}]+)\}", lambda found: quote(str(sample.path[found[1]]), safe=""), sample.operation.path)
    options: dict[str, Any] = {} if sample.body is None else {"json": sample.body}
    return await officer.request(
        sample.operation.method, target, params=dict(sample.query), headers=dict(sample.headers), **options
    )


async def repaired(officer: httpx.AsyncClient, sample: Sample) -> Sample:
    """Return the sample without the members of which an example contradicts another."""
    if STREAM in sample.operation.stated["responses"].get("200", {}).get("content", {}):
        return sample
    for _ in range(5):
        answer = await ask(officer, sample)
        if not (errors := errors_of(answer)):
            return sample
        for error in errors:
            sample = sample.without(error["in"], error["pointer"])
    raise AssertionError(f"no example of {sample.operation} is accepted: {answer.text}")


def errors_of(answer: httpx.Response) -> list[dict[str, str]]:
    """Return what is wrong with a request, or with the first line of a batch, of which the others are answered."""
    given = answer.json() if answer.status_code in {200, 422} else {}
    if given.get("type") == INVALID:
        return list(given["errors"])
    line = next(iter(given.get("results", ())), {}).get("error")
    lines = answer.request.url.path.rpartition("/")[2]
    return [{"in": "body", "pointer": f"/{lines}/0{line['pointer']}", "detail": line["detail"]}] if line else []


def shortcomings(mistake: Mistake, answer: httpx.Response) -> Iterator[str]:
    """Yield what is wrong with the answer to a request that has one mistake."""
    problem, errors = answer.json(), errors_of(answer)
    if not errors:
        yield f"is answered {answer.status_code} {problem.get('detail')}"
        return
    if [(error["in"], error["pointer"]) for error in errors] != [(mistake.place, mistake.pointer)]:
        yield f"points to {[(error['in'], error['pointer'], error['detail']) for error in errors]}"
        return
    [error] = errors
    where = error["pointer"].removeprefix("/")
    if "detail" in problem and problem["detail"] != (f"{where}: {error['detail']}" if where else error["detail"]):
        yield f"has the detail {problem['detail']!r}"
    if LOOKS_LIKE_A_PATTERN.search(error["detail"]):
        yield f"has a regular expression: {error['detail']!r}"


@pytest.mark.thorough
@EVERY_SERVICE
async def test_one_mistake_gives_one_error_that_points_to_it(
    service: Service, tmp_path: Path, clock: FixedClock
) -> None:
    """A wrong type, a missing or superfluous member, a wrong code or choice, a value that is out of range."""
    found, tried = [], 0
    async with serving(service, tmp_path, clock) as client:
        for operation in operations_of(document_of(service)):
            # Whether an image can be read is found out first.
            if "422" not in operation.stated["responses"] or not operation.bodies.keys() <= {JSON, FORM, CSV}:
                continue
            officer = officer_of(service, operation, client)
            for mistake in mistakes_in(await repaired(officer, sample_of(operation))):
                tried += 1
                answer = await ask(officer, mistake.sample)
                found += [
                    f"{operation} {mistake.what} at {mistake.place} {mistake.pointer} {each}: {as_text(mistake.sample)}"
                    for each in shortcomings(mistake, answer)
                ]
    assert tried > 10
    assert found == [], "\n".join(found)


def officer_of(service: Service, operation: Operation, client: ServiceClient) -> httpx.AsyncClient:
    """Return an officer who may use an operation: of the Commission where it alone decides, else of a bureau."""
    scopes = (*service.scopes, AUDIT_READ, AUDIT_WITNESS)
    is_of_commission = service is SUBJECT_REQUESTS or operation.scope.endswith(":decide")
    commission = caller(COMMISSION, *scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    who = commission if is_of_commission else caller("FR", *scopes)
    return client.calling(lambda: replace(who, recorder=DisclosureRecorder()))


def taken_by(service: Service) -> Iterator[tuple[str, str, Any]]:
    """Yield the operation, name and schema of each parameter and member that a service takes."""
    for operation in operations_of(document_of(service)):
        for parameter in operation.stated.get("parameters", ()):
            if "schema" in parameter:
                yield str(operation), parameter["name"], parameter["schema"]
        named = operation.schemas.named_in([*operation.bodies.values()])
        for name in named:
            schema = operation.schemas.resolved({"$ref": f"#/components/schemas/{name}"})
            for member, stated in schema.get("properties", {}).items():
                yield f"{operation} {name}", member, stated


def parts_of(schema: Any) -> Iterator[Any]:
    """Yield a schema, and all that it is made of."""
    yield schema
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *filter(None, (schema.get("items"),))):
        yield from parts_of(part)


@EVERY_SERVICE
def test_every_pattern_is_put_in_words(service: Service) -> None:
    """A caller is told what a text must be, and not by a regular expression."""
    patterns = {
        part["pattern"]: place
        for *place, schema in taken_by(service)
        for part in parts_of(schema)
        if "pattern" in part and CODE_LIST not in part
    }
    assert {pattern: place for pattern, place in patterns.items() if words_of(pattern) is None} == {}


@pytest.mark.thorough
@EVERY_SERVICE
def test_a_code_is_checked_by_its_list(service: Service) -> None:
    """A pattern alone would accept `ZZ`."""
    unchecked = [
        (*place, name)
        for *place, name, schema in taken_by(service)
        # What is referred to is an enumeration.
        if CODED.fullmatch(name) and not any(CODE_LIST in part or "$ref" in part for part in parts_of(schema))
    ]
    assert unchecked == []
