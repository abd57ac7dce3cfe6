"""What is ours in Django's database: one-time sign-in links. The link itself is shown once and only its hash is kept."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models


class Invitation(models.Model):
    """A one-time sign-in link of one operator; good until `expires_at` and as long as `used_at` is empty."""

    operator: "models.ForeignKey[User, User]" = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    token_hash: "models.CharField[str, str]" = models.CharField(max_length=64, unique=True)
    expires_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField()
    used_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Invitation"]] = models.Manager()

    class Meta:
        """Named for what is in it."""

        app_label = "web"
        db_table = "invitations"
