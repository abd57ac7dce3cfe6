"""What every marketing mail must carry, added where a template lacks it: CAN-SPAM's address and opt-out, and the reason.

Looked for in the finished mail, not in the template: a link inside a condition that was false is missing too.
"""

from dataclasses import dataclass
from html import escape, unescape


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What must be found in a mail; what is empty is not asked for (a transactional mail has no unsubscribe link)."""

    unsubscribe_url: str
    why_url: str
    address: str


def with_footer(html: str, text: str, duties: Duties) -> tuple[str, str, list[str]]:
    """(HTML, text, what was missing from the HTML), the missing parts added at the end of either."""
    lacking = _lacking(unescape(html), duties)
    lacking_in_text = _lacking(text, duties)
    if lacking:
        end = html.rfind("</body>")
        end = end if end >= 0 else len(html)
        html = html[:end] + _html(lacking) + html[end:]
    if lacking_in_text:
        added = "\n".join(value if name == "postal address" else f"{_LABELS[name]}: {value}" for name, value in lacking_in_text.items())
        text = f"{text.rstrip()}\n\n-- \n{added}\n"
    return html, text, [f"the {name} was missing and a footer with it was added" for name in lacking]


_LABELS = {"unsubscribe link": "Unsubscribe", "why link": "Why am I getting this?"}


def _lacking(written: str, duties: Duties) -> dict[str, str]:
    wanted = {"postal address": duties.address, "why link": duties.why_url, "unsubscribe link": duties.unsubscribe_url}
    flat = " ".join(written.split())
    return {name: value for name, value in wanted.items() if value and " ".join(value.split()) not in flat}


def _html(lacking: dict[str, str]) -> str:
    parts = [
        "<br>".join(escape(line) for line in value.splitlines())
        if name == "postal address"
        else f'<a href="{escape(value, quote=True)}" style="color:#6b7280">{escape(_LABELS[name])}</a>'
        for name, value in lacking.items()
    ]
    style = "font-family:Helvetica,Arial,sans-serif;font-size:12px;line-height:1.6;color:#6b7280;text-align:center;padding:24px 16px"
    return f'<div style="{style}">{" &middot; ".join(parts)}</div>'
