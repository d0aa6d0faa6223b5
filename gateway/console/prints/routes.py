"""The routes of the pages of fingerprints."""

from starlette.routing import Route

from gateway.console.prints import comparing, enrolling, pictures, searching
from gateway.console.routing import get, post


def routes() -> list[Route]:
    """Return the routes of these pages."""
    kept, record = "/prints/sought/{id}", "/prints/records/{id}"
    return [
        get("/prints", searching.show_home),
        post("/prints/sought", searching.seek),
        post("/prints/verification", comparing.verify),
        get(kept, searching.show_candidates),
        get(f"{kept}/picture", pictures.show_kept),
        get(f"{kept}/records/{{record}}/{{position}}", comparing.show_candidate),
        post(f"{kept}/records/{{record}}/{{position}}", comparing.conclude),
        get(f"{kept}/prints/{{other}}", comparing.show_two),
        get("/prints/records/new", enrolling.show_form),
        post("/prints/records/new", enrolling.enter),
        get(record, enrolling.show_record),
        post(f"{record}/impressions", enrolling.add),
        get(f"{record}/{{position}}/picture", pictures.show_enrolled),
    ]
