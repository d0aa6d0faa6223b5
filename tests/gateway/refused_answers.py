"""Answers that a gateway refuses, and what they are made of."""

import httpx

from shared.errors import PROBLEM_JSON, Internal, problem

A_PROBLEM = {"status": 500, "content_type": PROBLEM_JSON, "body": problem(Internal("it failed"))}


def is_refused(response: httpx.Response) -> bool:
    """Return whether an answer is refused as forged, by a problem that names the service and shows nothing of it."""
    content = response.json()
    assert (response.status_code, content["type"]) == (502, "urn:i247:problem:forged-reply")
    assert content["detail"].startswith("the answer of echo is refused: ")
    assert response.headers["i247-error"] == "forged"
    assert response.headers["i247-request-id"] == content["instance"]
    assert not {"i247-signature", "location", "set-cookie", "www-authenticate"} & {*response.headers}
    return True
