"""The first tutorial as a page of the gateway, which serves no other documents."""

import re
from pathlib import Path
from string import Template
from typing import Final

from markdown_it import MarkdownIt

_COMMENT: Final = re.compile(r"<!--.*?-->\n", re.DOTALL)
_RELATIVE_LINK: Final = re.compile(r"\[([^]]+)]\((?!https?:)[^)]*\)")
_PAGE: Final = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>i247: tutorial</title>
<link rel="icon" href="/docs/files/favicon.png">
<link rel="stylesheet" href="/docs/files/pages.css">
<link rel="stylesheet" href="/docs/files/tutorial.css">
</head>
<body>
<header class="bar">
  <strong>i247</strong>
  <nav aria-label="Documents">
    <a href="/docs">Try it</a>
    <a href="/reference">Reference</a>
    <a href="/tutorial" aria-current="page">Tutorial</a>
    <a href="/openapi.json">OpenAPI</a>
    <a href="/asyncapi.json">AsyncAPI</a>
  </nav>
</header>
<main>
$text</main>
</body>
</html>
""")


def tutorial_page(source: Path) -> str:
    """Return a page of the documents as HTML. Links to other pages become text."""
    text = _RELATIVE_LINK.sub(r"\1", _COMMENT.sub("", source.read_text()))
    return _PAGE.substitute(text=MarkdownIt("commonmark").render(text))
