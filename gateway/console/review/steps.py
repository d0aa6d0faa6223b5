"""Takes the steps of the review at the API: begin, approve, refuse, ask, withdraw a question."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.console.api import Api, part
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.review.cases import Acts, acts_on, case_of, open_update, to_overrule
from gateway.console.sent_forms import Form


def _(text: str) -> str:
    return text


REASONS: Final = ("article-2", "article-3", "other")
OVERRULED: Final = "overruled-"

Notice = Mapping[str, Any]


def path_of(notice: Notice, step: str = "") -> str:
    """Return the path of a notice in the API, or of a step of its review."""
    return f"/api/notices/{part(notice['id'])}{f'/{step}' if step else ''}"


async def approve(api: Api, notice: Notice, form: Form) -> str:
    """Approve what waits, and return what that did. Raises ApiRefused."""
    acts = acts_on(notice)
    version = await _begun(api, notice, acts, form)
    remarks = {code: form.one(f"{OVERRULED}{code}") for code in to_overrule(case_of(notice))}
    overruled = [{"code": code, "remark": remark} for code, remark in remarks.items() if remark]
    after = await api.post(path_of(notice, acts.approve or ""), {"overruled": overruled, "version": version})
    return _approved(notice, after)


async def refuse(api: Api, notice: Notice, form: Form) -> str:
    """Refuse or cancel, and return what that did. Raises ApiRefused."""
    acts, is_update = acts_on(notice), open_update(notice) is not None
    await _begun(api, notice, acts, form)
    decision = {"reason": form.one("reason"), "remark": form.one("remark")}
    await api.post(path_of(notice, acts.refuse or ""), decision)
    if acts.refuse == "cancellation":
        return "cancelled"
    return "update-refused" if is_update else "refused"


async def ask(api: Api, notice: Notice, form: Form) -> str:
    """Ask the issuer, and return what that did. Raises ApiRefused."""
    await _begun(api, notice, acts_on(notice), form)
    await api.post(path_of(notice, "question"), {"text": form.one("text")})
    return "asked"


async def withdraw_question(api: Api, notice: Notice, form: Form) -> str:
    """Withdraw an open question, and return what that did. Raises ApiRefused."""
    number = form.one("question")
    question = int(number) if re.fullmatch("[0-9]{1,9}", number) else 0
    await api.post(path_of(notice, "question/withdrawal"), {"question": question})
    return "question-withdrawn"


async def _begun(api: Api, notice: Notice, acts: Acts, form: Form) -> int:
    """Begin the review if it was not, and return the version that is decided on: the one that the officer read.

    Raises ApiRefused.
    """
    read = form.one("version")
    if read != str(notice["version"]):
        raise changed_since()
    if not acts.begins:
        return int(read)
    begun = await api.post(path_of(notice, "review"))
    if begun["version"] != int(read) + 1:
        raise changed_since()
    return int(begun["version"])


def changed_since() -> ApiRefused:
    """Return the refusal of a decision on what the officer has not read."""
    detail = _("it was changed since you opened it: read it again before you decide")
    return ApiRefused(409, Problem("urn:i247:problem:illegal-step", "", 409, detail))


def _approved(before: Notice, after: Notice) -> str:
    if before["status"] == "waiting":
        return "released" if after["status"] == "diffused" else "approved"
    if open_update(before) is not None:
        return "approved" if after["pending"] else "update-published"
    if before["status"] == "diffused":
        return "compliant"
    return "published" if after["status"] == "published" else "approved"
