"""The requests of the service as the documents show them, and the records they are about."""

from typing import Any, Final

from services.notices.colours import Colour
from shared.records import service_kit as kit

RECORD: Final = kit.ExampleRecord("notices", "", 5)
FILES: Final = kit.ExampleRecord("notices", "persons/", 6)

NUMBER: Final = 52482
YEAR: Final = 2026
PHOTOGRAPH: Final = "62412748"
DELETED_PHOTOGRAPH: Final = "62412750"
FILE_PHOTOGRAPH: Final = "62412780"
DELETED_FILE_PHOTOGRAPH: Final = "62412782"

# By what is done to each: the state that this needs is entered.
STEPS: Final = {
    "submission": 11,
    "diffusion": 12,
    "release": 13,
    "compliance": 14,
    "review": 15,
    "question": 16,
    "question/withdrawal": 17,
    "answer": 18,
    "publication": 19,
    "refusal": 20,
    "cancellation": 21,
    "pending": 22,
}
PUBLIC: Final = {Colour.YELLOW: 31, Colour.UN_SPECIAL: 32, "person": 33}
# Files of another bureau, by what is done to the link with the main file.
OTHER_FILES: Final = {"state": 41, "confirm": 42, "end": 43}

SUBJECT: Final = {"name": "delacroisiere etienne", "nationality": "FR"}
_SUBJECT_FIELDS: Final = {
    "sex": "M",
    "date_of_birth": "1979",
    "document_number": "19ak 00417",
    "age_min": 30,
    "age_max": 45,
    "age_on": "2019-06-14",
}
_DECISION: Final = {"reason": "article-3", "remark": "Predominantly political."}
_BODIES: Final[dict[str, Any]] = {
    "release": {"overruled": []},
    "compliance": {"overruled": []},
    "publication": {"overruled": []},
    "question": {"text": "Which court issued the warrant?"},
    "question/withdrawal": {"question": 1},
    "answer": {"text": "The tribunal judiciaire of Vernbourg."},
    "refusal": _DECISION,
    "cancellation": _DECISION,
}


def _steps() -> kit.RequestExamples:
    return {
        f"{'DELETE' if step == 'pending' else 'POST'} {RECORD.path}{{record_id}}/{step}": kit.RequestExample(
            path={"record_id": RECORD.id(number)}, body=_BODIES.get(step)
        )
        for step, number in STEPS.items()
    }


def _same_person() -> kit.RequestExamples:
    path = f"{FILES.path}{{record_id}}/same-person"
    main, other = {"record_id": FILES.id()}, {name: FILES.id(number) for name, number in OTHER_FILES.items()}
    return {
        f"POST {path}": kit.RequestExample(path=main, body={"record": other["state"]}),
        f"GET {path}": kit.RequestExample(path=main),
        f"POST {path}/{{other_id}}/confirmation": kit.RequestExample(path={**main, "other_id": other["confirm"]}),
        f"DELETE {path}/{{other_id}}": kit.RequestExample(path={**main, "other_id": other["end"]}),
    }


EXAMPLES: Final[kit.RequestExamples] = {
    **kit.record_examples(
        RECORD,
        query=SUBJECT,
        fields={**_SUBJECT_FIELDS, "colour": "red", "person_status": "wanted"},
        listed={"status": "published", "colour": "red", "number": f"{YEAR}/{NUMBER}", "person_status": "wanted"},
        corrections={"subject": {"height": 182}},
    ),
    **kit.record_examples(
        FILES,
        query=SUBJECT,
        fields={**_SUBJECT_FIELDS, "person_status": "convicted", "offence": "robbery"},
        listed={"status": "in-force", "person_status": "convicted"},
        corrections={"subject": {"height": 182}},
    ),
    **kit.photograph_examples(RECORD, PHOTOGRAPH, DELETED_PHOTOGRAPH),
    **kit.photograph_examples(FILES, FILE_PHOTOGRAPH, DELETED_FILE_PHOTOGRAPH),
    **_steps(),
    **_same_person(),
    f"POST {RECORD.path}checks": kit.RequestExample(body={"checks": [SUBJECT, {"document_number": "19ak 00417"}]}),
    f"POST {RECORD.path}requirements": kit.RequestExample(
        body={"colour": "blue", "subject": {"kind": "person", "person_status": "witness", "name": "Delacroisière"}},
        fields={"diffusion": False, "photograph": False},
    ),
    f"GET {RECORD.path}requests": kit.RequestExample(fields={"owner": "FR"}),
    f"GET {RECORD.path}reviews": kit.RequestExample(fields={"waiting": "submitted", "owner": "FR", "colour": "blue"}),
    f"GET {RECORD.path}reviews/own": kit.RequestExample(fields={"waiting": "under-review", "colour": "blue"}),
    f"GET {RECORD.path}statistics": kit.RequestExample(
        fields={"bureau": "FR", "colour": "blue", "outcome": "refused", "reason": "article-3"}
    ),
    f"GET {RECORD.path}extracts": kit.RequestExample(
        query={"kind": "red"},
        fields={
            "name": "^D.*$",
            "forename": "marcel",
            "nationality": "FR",
            "age_min": 18,
            "age_max": 120,
            "sex": "M",
            "warrant_country": "FR",
            "free_text": "robbery",
            "page": 1,
        },
    ),
}
