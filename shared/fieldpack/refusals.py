"""Why a post answers no search. Over HTTP they are problems with the status 503: the post works again once updated."""

from typing import Final

from shared.errors import Refusal


class PackExpired(Refusal, status=503, code="field-pack-expired", title="The field pack has expired"):
    """The post answers nothing from then on: it must be updated with a newer pack or differential."""


class ClockSetBack(Refusal, status=503, code="post-clock-set-back", title="The clock of the post was set back"):
    """It is before a time at which the post was used, or its pack was made: set it right."""


class PostUnusable(Refusal, status=503, code="field-pack-unusable", title="The post has no field pack that it can use"):
    """There is none, or it was altered, truncated, or made for another post; the detail says which."""


OF_POSTS: Final[tuple[type[Refusal], ...]] = (PackExpired, ClockSetBack, PostUnusable)
