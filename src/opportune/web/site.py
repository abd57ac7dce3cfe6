"""The pages as one WSGI application: Django behind a look at the host name, told what to read through the request's environment."""

import ipaddress
from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from opportune.shell.live import Live
from opportune.shell.workspace import Workspace
from opportune.web.desk import DESK, Desk, Intake
from opportune.web.framework import configure

Application = Callable[[Any, Any], Iterable[bytes]]
"""WSGI; servers each have their own types for the environment."""
_LOOPBACK = frozenset({"localhost"})


def site(workspace: Workspace, live: Live, counters: Intake) -> Application:
    """Sign-in, overview and mailbox of one project."""
    return application(Desk(workspace, counters, live_since=live.start))


def application(desk: Desk) -> Application:
    """The pages over a desk."""
    serve = desk.workspace.project.settings.serve
    configure(desk.workspace.data, secret=desk.workspace.secret, public_url=serve.public_url)
    from django.core.wsgi import get_wsgi_application

    import_module("opportune.web.urls")  # a mistake in a page stops the start, not the first visit
    pages = get_wsgi_application()
    own = _LOOPBACK | {serve.host.lower(), (urlsplit(serve.public_url or "").hostname or "localhost").lower()}

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        if not is_own_host(str(environ.get("HTTP_HOST", "")), own):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"This host name is not ours. Set serve.public_url to the address people use.\n"]
        environ[DESK] = desk
        return pages(environ, start_response)

    return answer


def is_own_host(host: str, own: Collection[str]) -> bool:
    """A literal address or one of our names. Another name that leads here is somebody's trick to have a browser read our pages."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    if name in own:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
