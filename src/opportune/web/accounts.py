"""Operators, their roles and their one-time links, in Django's own tables. Import it only after `framework.configure`."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from opportune.web.models import Invitation
from opportune.web.roles import ROLES

LINK_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who may sign in."""

    email: str
    role: str
    has_password: bool


def invite(email: str, role: str) -> str:
    """Set up or set anew an operator; gives the token of a one-time link. Links given out before stop working."""
    with transaction.atomic():
        operator, is_new = User.objects.get_or_create(username=email, defaults={"email": email})
        if is_new:
            operator.set_unusable_password()
        operator.is_active = True
        operator.save()
        operator.groups.set([_group(role)])
        Invitation.objects.filter(operator=operator, used_at=None).delete()
        Invitation.objects.filter(expires_at__lt=timezone.now()).delete()
        token = secrets.token_urlsafe(32)
        Invitation.objects.create(operator=operator, token_hash=_hash(token), expires_at=timezone.now() + LINK_LASTS)
    return token


def invited(token: str) -> User | None:
    """Whose link this is; None when it is unknown, used or too old."""
    good = Invitation.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now(), operator__is_active=True)
    found = good.select_related("operator").first()
    return found.operator if found else None


def redeem(token: str) -> User | None:
    """Use the link up; of two who try at once, one succeeds."""
    operator = invited(token)
    if operator is None:
        return None
    now = timezone.now()
    is_first = Invitation.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=now).update(used_at=now) == 1
    return operator if is_first else None


def everybody() -> Sequence[Operator]:
    """All operators, by e-mail address."""
    operators = User.objects.filter(is_active=True).order_by("username")
    return [Operator(operator.username, role_of(operator), operator.has_usable_password()) for operator in operators]


def role_of(operator: User) -> str:
    """The operator's one role; viewer, the least, when there is none."""
    names = set(operator.groups.values_list("name", flat=True))
    return next((role for role in reversed(ROLES) if role in names), ROLES[0])


def _group(role: str) -> Group:
    return Group.objects.get_or_create(name=role)[0]


def _hash(token: str) -> str:
    """Tokens are 32 random bytes, so no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
