"""Records the answers that the documents show: `python -m tests.examples.record`, after a change of an answer."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from gateway.app import describe_gateway
from gateway.openapi.answer_examples import ANSWERS, EVENTS, schema_key, successful
from services import SERVICES
from tests.examples.mesh import touring
from tests.examples.tour import NOT_FOR_OFFICERS, Tour

LONGEST: Final = 600
MOST_ITEMS: Final = 2
# Instead of those of the mesh, which are of no use, but look like others.
SECRETS: Final = {
    "access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJmci5vZmZpY2VyIn0.c2ln",
    "secret": "whsec_bm90IGEgc2VjcmV0IGJ1dCBhbiBleGFtcGxlIG9mIGl0IQ==",
}
# What a service answers to a gateway that has read the list of what it was shown, and to a partner.
TO_OTHERS: Final = {
    "GET /api/notices/audit/disclosures": {"items": []},
    "POST /api/travel-documents/screening": {"refer": False},
}


def recorded_answers(tour: Tour, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return one answer for each schema: of an operation that reads, if there is one."""
    chosen = dict[str, str]()
    for operation, content in sorted(successful(dict(document)), key=lambda each: not each[0].startswith("GET")):
        if operation not in NOT_FOR_OFFICERS and not _is_file(content):
            chosen.setdefault(schema_key(content), operation)
    return {**TO_OTHERS, **{operation: _shown(tour, operation) for operation in sorted(chosen.values())}}


def _is_file(content: Mapping[str, Any]) -> bool:
    return any(media.startswith(("image/", "application/octet")) for media in content)


def _shown(tour: Tour, operation: str) -> Any:
    answer = tour.answer(operation).raise_for_status()
    media = answer.headers.get("content-type", "")
    if media.startswith(EVENTS):
        return "\n\n".join(cut_events(answer.text))
    return cut(answer.json()) if "json" in media else answer.text


def cut_events(stream: str) -> Iterator[str]:
    """Yield the first event of each kind in a stream, with what is long in it cut."""
    seen = set[str]()
    for event in stream.strip().split("\n\n"):
        head, is_of_data, data = event.partition("data: ")
        if head not in seen:
            seen.add(head)
            short = json.dumps(cut(json.loads(data)), ensure_ascii=False, separators=(",", ":")) if is_of_data else ""
            yield f"{head}{is_of_data}{short}"


def cut(value: Any) -> Any:
    """Return a value with short lists and texts, and without secrets."""
    match value:
        case dict():
            return {name: SECRETS.get(name) or cut(each) for name, each in value.items()}
        case list():
            return [cut(each) for each in value[:MOST_ITEMS]]
        case str() if len(value) > LONGEST:
            return f"{value[:LONGEST]}..."
        case _:
            return value


def main() -> None:
    """Start a mesh, send all requests, and write the answers."""
    with TemporaryDirectory() as folder, touring(Path(folder)) as tour:
        answers = recorded_answers(tour, describe_gateway(SERVICES))
    ANSWERS.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"wrote {len(answers)} answers to {ANSWERS}\n")


if __name__ == "__main__":
    main()
