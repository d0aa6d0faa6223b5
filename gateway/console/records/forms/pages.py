"""All pages of forms. They stand before those that read records, of whose addresses theirs are special cases."""

from starlette.routing import Route

from gateway.console.records.forms import action_pages, entry, photographs, releases, subscriptions


def routes() -> list[Route]:
    """Return the routes of these pages."""
    return [*entry.routes(), *photographs.routes(), *subscriptions.routes(), *releases.routes(), *action_pages.routes()]
