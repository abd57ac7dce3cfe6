"""What every page's frame needs: who is signed in, whose shop it is, where the style sheet lies."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from opportune.web.accounts import role_of
from opportune.web.desk import desk_of
from opportune.web.pages.files import address_of


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """Values for `frame.html`."""
    found = getattr(request, "user", None)
    operator = found if isinstance(found, User) else None
    return {
        "shop": desk_of(request).shop,
        "files": {"style": address_of("style.css"), "script": address_of("pages.js"), "icon": address_of("icon.svg")},
        "operator": operator.username if operator else "",
        "role": role_of(operator) if operator else "",
        "lacks_password": operator is not None and not operator.has_usable_password(),
    }
