"""Operators from outside the pages: what `opportune users` and the demo need."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connections

from opportune.web.framework import configure
from opportune.web.roles import ROLES

if TYPE_CHECKING:
    from opportune.web.accounts import Operator

_EMAIL = re.compile(r"[^\s@<>\"',;:\\()\[\]\x00-\x1f\x7f]+@[^\s@<>\"',;:\\()\[\]\x00-\x1f\x7f.]+(\.[^\s@<>\"',;:\\()\[\]\x00-\x1f\x7f.]+)*")
LONGEST_EMAIL = 150
"""Characters; what Django keeps of a name to sign in with."""


def add_operator(data_folder: Path, email: str, role: str) -> str:
    """Set up an operator, or invite one anew; gives the path of a link that signs in once, within an hour: `/sign-in/TOKEN`.

    Raises ValueError for an address or role that is none.
    """
    address = email.strip().lower()
    if len(address) > LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise ValueError(f"{email!r} is no e-mail address")
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)}")
    configure(data_folder)
    from opportune.web.accounts import invite

    try:
        return f"/sign-in/{invite(address, role)}"
    finally:
        connections.close_all()


def operators(data_folder: Path) -> "Sequence[Operator]":
    """Everybody who may sign in, by e-mail address."""
    configure(data_folder)
    from opportune.web.accounts import everybody

    try:
        return everybody()
    finally:
        connections.close_all()
