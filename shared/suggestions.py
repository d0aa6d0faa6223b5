"""What a caller may have meant by a name or a path that does not exist: the nearest of those that are known.

Bounded: nothing longer than `MAX_COMPARED` is compared. Only repeats what is known, which the caller passes in.
"""

import re
from collections.abc import Collection
from typing import Final

MAX_COMPARED: Final = 200
# The share of the characters that must be right: of a name, and of each part of a path.
SIMILARITY: Final = 0.65
# A shorter name is a part of too many others.
MIN_PART: Final = 4
PREFIX: Final = "/api"

_not_alphanumeric: Final = re.compile(r"[^a-z0-9]+")
_version: Final = re.compile(r"/v\d+(?=/|$)")


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that is nearest to one; case, hyphens and underscores do not count. None if none is near.

    Otherwise the only known name that begins or ends with it, or with which it begins or ends.
    """
    if len(name) > MAX_COMPARED:
        return None
    # Only here, as most processes never need it.
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extractOne

    found = extractOne(name, [*known], scorer=OSA.normalized_similarity, processor=_key, score_cutoff=SIMILARITY)
    return str(found[0]) if found else _only([each for each in known if _is_part(_key(name), _key(each))])


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return a question that names the nearest known name, with a space before it; nothing if none is near."""
    near = nearest(name, known)
    return f" did you mean {near}?" if near else ""


def unknown(name: str, known: Collection[str]) -> str:
    """Return a name that is not known, with what was probably meant, and all known ones."""
    return f"{name[:40]!r}:{did_you_mean(name, known)} use one of {', '.join(known)}"


def nearest_path(path: str, templates: Collection[str]) -> str | None:
    """Return the template of a path that is nearest to one, such as `/api/hits/{hit_id}`; None if none is near."""
    if len(path) > MAX_COMPARED:
        return None
    path = path.rstrip("/")
    if ended := _only([each for each in templates if path.count("/") and each.endswith(path)]):
        return ended
    ways = {path, _version.sub("", path)}
    ways |= {PREFIX + way for way in ways if not way.startswith(f"{PREFIX}/")}
    scored = [(score, each) for way in ways for each in templates if (score := _likeness(way, each))]
    return max(scored)[1] if scored else None


def _likeness(path: str, template: str) -> float:
    """Return how like a template a path is, from 0 to 1; 0 if a part of it is not."""
    if not 0 < path.count("/") == template.count("/"):
        return 0.0
    from rapidfuzz.distance import OSA

    total, parts = 0.0, list(zip(path.lower().split("/")[1:], template.split("/")[1:], strict=True))
    for given, part in parts:
        is_open = part.startswith("{")
        likeness = SIMILARITY if is_open else OSA.normalized_similarity(given, part, score_cutoff=SIMILARITY)
        if not likeness:
            return 0.0
        total += likeness
    return total / len(parts)


def _key(name: str) -> str:
    return _not_alphanumeric.sub("", name.lower())


def _is_part(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= MIN_PART and (longer.startswith(shorter) or longer.endswith(shorter))


def _only(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 else None
