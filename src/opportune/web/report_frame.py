"""The frame of reports that stand alone as one HTML file: no script, nothing from elsewhere."""

from collections.abc import Iterable
from importlib.resources import files

from django.utils.html import format_html
from django.utils.safestring import SafeString

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>{style}</style></head>
<body><main>
{body}
</main></body></html>
"""


def standing_alone(title: str, body: Iterable[SafeString], *sheets: str) -> str:
    """The file. `sheets`: style sheets of static/ that it needs besides those of every page and every report."""
    static = files("opportune.web") / "static"
    style = "\n".join((static / name).read_text(encoding="utf-8") for name in ("style.css", "report.css", *sheets))
    return _PAGE.format(style=style, title=format_html("{}", title), body="\n".join(body))
