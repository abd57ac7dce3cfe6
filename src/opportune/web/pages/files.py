"""Style sheet, script and icon, under an address that changes with their content, so that browsers may keep them for ever."""

import hashlib
from dataclasses import dataclass
from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from opportune.web.framework import HERE

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class File:
    """One file and the stamp of its content."""

    content: bytes
    content_type: str
    stamp: str


@cache
def files() -> dict[str, File]:
    """All files, read once."""
    found = {}
    for path in sorted((HERE / "static").iterdir()):
        content = path.read_bytes()
        found[path.name] = File(content, TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:12])
    return found


def address_of(name: str) -> str:
    """Where a file lies."""
    return f"/static/{files()[name].stamp}/{name}"


@login_not_required
@require_safe
def show(_: HttpRequest, stamp: str, name: str) -> HttpResponse:
    """One file; an old stamp gives what there is now, not to be kept."""
    file = files().get(name)
    if file is None:
        raise Http404
    kept = "public, max-age=31536000, immutable" if stamp == file.stamp else "no-store"
    return HttpResponse(file.content, content_type=file.content_type, headers={"Cache-Control": kept})
