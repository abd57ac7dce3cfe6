"""Pages of JSON: what stands in one, which comes next, and how far the cursor has come.

Held to tests/pulls/test_urls.py
Source  RFC 8288 (Link)
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from opportune.adapters.sources.reaching import Answer, Unreached, origin
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant, span_of

_LINK = re.compile(r"<([^<>]*)>([^<>]*?)(?=,\s*<|$)")
_IS_NEXT = re.compile(r";\s*rel\s*=\s*\"?([^\";]*)\"?", re.IGNORECASE)


def decoded(answer: Answer) -> Any:
    """The page. Raises Unreached where it is no JSON."""
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreached(f"{answer.url.split('?', 1)[0]}: answers no JSON: {error}") from error


def listed(page: Any, path: str | None) -> list[Any]:
    """What the page lists; nothing where the path leads to null. Raises Unreached."""
    found = at(page, path) if path is not None else page
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreached(f"the page has no list at {path or 'its top'}; say where with `items:`")
    return found


def at(page: Any, path: str) -> Any:
    """The value a JMESPath expression leads to. Raises Unreached where it cannot be followed."""
    try:
        return jmespath.search(path, page)
    except JMESPathError as error:
        raise Unreached(f"{path} cannot be followed in the page: {error}") from error


def linked(answer: Answer) -> str | None:
    """The address that the header Link calls the next."""
    for address, parameters in _LINK.findall(answer.headers.get("link", "")):
        said = _IS_NEXT.search(parameters)
        if said and "next" in said[1].lower().split():
            return str(urljoin(answer.url, address))
    return None


def same_place(first: str, address: str) -> str:
    """`address` as a page of the same source. Raises Unreached where it leads to another host: secrets are for one alone."""
    found = urljoin(first, address)
    if origin(urlsplit(found)) != origin(urlsplit(first)):
        raise Unreached(f"the next page is said to be at {urlsplit(found).netloc}, which is another place than {urlsplit(first).netloc}")
    return found


def with_parameter(url: str, name: str, value: str) -> str:
    """The address with this value of a query parameter, and no other of it."""
    parts = urlsplit(url)
    kept = [(key, said) for key, said in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    return parts._replace(query=urlencode([*kept, (name, value)]), fragment="").geturl()


def parameter(url: str, name: str) -> str | None:
    """The value of a query parameter."""
    return dict(parse_qsl(urlsplit(url).query)).get(name)


def furthest(values: Iterable[Any]) -> str | int | float | None:
    """The largest of times, of numbers or of texts, whichever all are; null ones do not count."""
    known = [value for value in values if isinstance(value, str | int | float) and not isinstance(value, bool)]
    if not known:
        return None
    if all(isinstance(value, int | float) for value in known):
        return max(known)
    texts = [str(value) for value in known]
    instants = [instant for text in texts if (instant := _instant(text)) is not None]
    return max(zip(instants, texts, strict=True))[1] if len(instants) == len(texts) else max(texts)


def asked_from(furthest_so_far: str | int | float, overlap: timedelta) -> str:
    """The value of the cursor's parameter: the furthest so far, a time less the overlap."""
    if isinstance(furthest_so_far, str) and overlap and (instant := _instant(furthest_so_far)) is not None:
        return format_instant(Instant(instant - span_of(overlap)))
    return str(furthest_so_far)


def _instant(text: str) -> Instant | None:
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        return None
