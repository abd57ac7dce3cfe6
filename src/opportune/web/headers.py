"""Headers of every answer, and the answer when a store cannot be read just now."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from opportune.adapters.engines.engine import EngineFault
from opportune.adapters.stores.database import StoreFault

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline and nothing foreign: a name with markup in it stays text even if a template forgot to escape it."""


def busy(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    """A store that cannot be read just now is no bug of the page; anything else is not answered here."""
    if not isinstance(exception, EngineFault | StoreFault):
        return None
    response = render(request, "busy.html", {"why": str(exception).splitlines()[0]}, status=503)
    response.headers["Retry-After"] = "5"
    return response


class SecureHeaders:
    """Middleware: a policy for pages that set none of their own, and no caching of what only the signed-in may see."""

    def __init__(self, following: Callable[[HttpRequest], HttpResponse]) -> None:
        self._following = following

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._following(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response

    process_exception = staticmethod(busy)
    """What Django calls when a page raised."""
