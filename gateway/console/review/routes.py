"""The routes of the review: for the reviewers of the Secretariat, and for the bureaus that they ask."""

from starlette.routing import Route

from gateway.console.review import decided, item, questions, queue, statistics
from gateway.console.routing import get, post


def routes() -> list[Route]:
    """Return the routes of these pages."""
    return [
        get("/review", queue.show_queue),
        get(decided.DECIDED, decided.show_decided),
        get("/review/statistics", statistics.show_statistics),
        get("/review/questions", questions.show_questions),
        post("/review/questions/{id}", questions.give_answer),
        get("/review/{id}", item.show_item),
        get("/review/{id}/photographs/{photograph}", item.show_photograph),
        post("/review/{id}/{step}", item.take_step),
    ]
