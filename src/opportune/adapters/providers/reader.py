"""What mail providers tell by webhook, believed and read by anymail: fourteen forms of the same few events, in one.

Reads   the webhook of a provider, by name (PROVIDERS)
Gives   `{"events": [{id, type, at, recipient, message_id, kind, url, user_agent, machine, metadata, tags, reason}]}`, which
        connectors/mail.yml maps; `kind` of a bounce is hard, soft or policy
Source  https://anymail.dev/en/stable/sending/tracking/ and a page for each provider beside it
Held to tests/providers
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import Any, Protocol, cast

from opportune.adapters.providers.bounces import kind_of_bounce
from opportune.adapters.providers.machines import is_machine
from opportune.adapters.providers.sns import Sns
from opportune.language.vocabulary.hashing import identifier
from opportune.language.vocabulary.instants import Instant, format_instant, instant_of
from opportune.stages.mapping.expressions import Unmapped
from opportune.stages.mapping.signature import Basic, Hmac, Requested, Scheme, Stamp, refused

MOST_BYTES = 16_000_000
"""Of a body that Django reads; what a source takes at most is looked at before."""
SVIX = Hmac(
    header="svix-signature",
    prefix="v1,",
    separator=" ",
    signs=("{svix-id}", ".", "{timestamp}", ".", "{body}"),
    stamp=Stamp(header="svix-timestamp"),
    secret_prefix="whsec_",
)
"""Source: https://docs.svix.com/receiving/verifying-payloads/how-manual"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider: where anymail reads it, and how its requests are believed."""

    module: str
    view: str
    believed: Scheme | str
    """A scheme of ours, or the name of anymail's setting that takes the secret: then anymail checks the signature."""


PROVIDERS: Mapping[str, Provider] = {
    "amazon-ses": Provider(module="amazon_ses", view="AmazonSESTrackingWebhookView", believed="sns"),
    "brevo": Provider(module="brevo", view="BrevoTrackingWebhookView", believed=Basic()),
    "mailersend": Provider(module="mailersend", view="MailerSendTrackingWebhookView", believed="signing_secret"),
    "mailgun": Provider(module="mailgun", view="MailgunTrackingWebhookView", believed="webhook_signing_key"),
    "mailjet": Provider(module="mailjet", view="MailjetTrackingWebhookView", believed=Basic()),
    "mailtrap": Provider(module="mailtrap", view="MailtrapTrackingWebhookView", believed="tracking_secret"),
    "mandrill": Provider(module="mandrill", view="MandrillCombinedWebhookView", believed="webhook_key"),
    "postal": Provider(module="postal", view="PostalTrackingWebhookView", believed="webhook_key"),
    "postmark": Provider(module="postmark", view="PostmarkTrackingWebhookView", believed=Basic()),
    "resend": Provider(module="resend", view="ResendTrackingWebhookView", believed=SVIX),
    "sendgrid": Provider(module="sendgrid", view="SendGridTrackingWebhookView", believed="tracking_webhook_verification_key"),
    "sparkpost": Provider(module="sparkpost", view="SparkPostTrackingWebhookView", believed=Basic()),
    "unisender-go": Provider(module="unisender_go", view="UnisenderGoTrackingWebhookView", believed="api_key"),
}


class View(Protocol):
    """What we use of anymail's views: they check and read a request, and know nothing of ours."""

    def run_validators(self, request: Any) -> None:
        """Raises where the request is not signed with the view's secret."""

    def parse_events(self, request: Any) -> list[Any]:
        """The events of a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderReader:
    """A `stages.mapping.connector.Reader` of one provider. May ask the network (Amazon's certificates): not for the event loop."""

    provider: str
    sns: Sns
    public_url: str = ""
    """Where the provider sends to, which one of them signs too."""

    def refused(self, request: Requested, secrets: Sequence[str], at: Instant) -> str | None:
        """Why a request is not believed; None when it is."""
        believed = PROVIDERS[self.provider].believed
        if not isinstance(believed, str):
            return refused(believed, request, secrets, at)
        if self.provider == "amazon-ses":
            return self.sns.refused(request, secrets, at)
        checks = [self._is_signed(request, secret) for secret in secrets]
        return None if any(checks) else "wrong signature"

    def payload(self, body: bytes, media: str, headers: Mapping[str, str]) -> Any:
        """The events of a believed request. Raises Unmapped where it cannot be read."""
        request = _django(Requested(headers={"content-type": media, **headers}, body=body))
        try:
            events = _reading(self.provider).parse_events(request)
            return {"events": [_told(event) for event in events]}
        except RecursionError as error:
            raise Unmapped("the body nests too deeply") from error
        except Exception as error:  # whatever a hostile body does to a reader of another's, the payload is kept and told again
            raise Unmapped(f"{self.provider} is not read: {type(error).__name__}") from error

    def _is_signed(self, request: Requested, secret: str) -> bool:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # anymail no longer tries SendGrid; our tests do, on its own samples
                _signing(self.provider, secret, self.public_url).run_validators(_django(request))
        except Exception:  # a bad key and a wrong signature alike: the request is not believed
            return False
        return True


@cache
def _signing(provider: str, secret: str, public_url: str) -> View:
    """anymail's own view, with the secret. Raises whatever it raises for a secret that is none of the provider's form."""
    given = {str(PROVIDERS[provider].believed): secret, "webhook_secret": []}
    made: View = _class(provider)(**given, **({"webhook_url": public_url} if provider == "mandrill" else {}))
    return made


@cache
def _reading(provider: str) -> View:
    """anymail's own view, for reading only: without a secret, and one that confirms nothing."""
    view = _class(provider)
    if isinstance(PROVIDERS[provider].believed, Basic):
        return cast(View, view(webhook_secret=["unused:unused"]))
    made = object.__new__(view)  # it would look for its secret while it is made
    vars(made)["auto_confirm_enabled"] = False
    return cast(View, made)


def _class(provider: str) -> type[Any]:
    _configured()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: type[Any] = getattr(import_module(f"anymail.webhooks.{PROVIDERS[provider].module}"), PROVIDERS[provider].view)
    return found


def _configured() -> None:
    """Django's settings, where no page was ever set up in this process: `opportune webhooks` reads too."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(DATA_UPLOAD_MAX_MEMORY_SIZE=MOST_BYTES, SECRET_KEY="reads no session")


def _django(request: Requested) -> Any:
    """The request as Django has it."""
    _configured()
    from django.core.handlers.asgi import ASGIRequest

    headers = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in request.headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers, "http_version": "1.1"}
    return ASGIRequest(scope, BytesIO(request.body))


def _told(event: Any) -> dict[str, Any]:
    """One event, with what only the provider's own words say."""
    at = format_instant(instant_of(event.timestamp)) if event.timestamp else None
    same = (event.event_id, event.message_id, event.recipient, event.event_type, at, event.click_url)
    return {
        "id": identifier(*(str(part or "") for part in same)),
        "type": event.event_type,
        "at": at,
        "recipient": event.recipient,
        "message_id": event.message_id,
        "kind": kind_of_bounce(event),
        "reason": event.reject_reason,
        "url": event.click_url,
        "user_agent": event.user_agent,
        "machine": is_machine(event),
        "metadata": dict(event.metadata or {}),
        "tags": list(event.tags or ()),
    }
