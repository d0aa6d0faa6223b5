"""Show two pictures side by side with a line for each point that agrees, as PNG. Decodes JPEG files of the project."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from services.cultural_property.likeness.messages import Pair
from services.cultural_property.likeness.side_by_side import GAP, HEIGHT, Shown, lines_of, width_of

_DOT = 3


def png_of(sought: Shown, found: Shown, pairs: Sequence[Pair]) -> bytes:
    """Return both pictures with their lines as a PNG file: what is sought on the left."""
    whole = Image.new("RGB", (width_of(sought, found), HEIGHT), "white")
    for shown, x in ((sought, 0), (found, sought.shown_width + GAP)):
        with Image.open(io.BytesIO(shown.jpeg), formats=("JPEG",)) as opened:
            opened.draft("RGB", (shown.shown_width, HEIGHT))
            whole.paste(opened.convert("RGB").resize((shown.shown_width, HEIGHT), Image.Resampling.BICUBIC), (x, 0))
    draw = ImageDraw.Draw(whole)
    for line in lines_of(sought, found, pairs):
        draw.line((line.x, line.y, line.to_x, line.to_y), fill=line.colour)
        for across, down in ((line.x, line.y), (line.to_x, line.to_y)):
            draw.ellipse((across - _DOT, down - _DOT, across + _DOT, down + _DOT), outline=line.colour)
    written = io.BytesIO()
    whole.save(written, "PNG")
    return written.getvalue()
