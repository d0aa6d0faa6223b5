"""Many lines in one request, each answered in its place: checks and entries, as JSON or CSV."""
