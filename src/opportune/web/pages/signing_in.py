"""Signing in, by password or by a link that works once, signing out, and setting a password. Looking at a page changes nothing."""

from time import monotonic

from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from opportune.web.accounts import invited, redeem
from opportune.web.desk import desk_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
BY_LINK = "by_link"
"""In the session: she came by a link, so nobody asks for the password she may have forgotten."""
WRONG = "This e-mail address and password do not belong together."
TOO_OFTEN = "Too many attempts. Wait a quarter of an hour, or ask for a one-time link."


@sensitive_post_parameters()
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail address and password."""
    following = request.POST.get("next") or request.GET.get("next") or ""
    if request.method != "POST":
        return render(request, "sign_in.html", {"next": following})
    email = request.POST.get("email", "").strip().lower()
    place, guesses = request.META.get("REMOTE_ADDR", ""), desk_of(request).guesses
    if not guesses.may_try(email, place, monotonic()):
        return render(request, "sign_in.html", {"next": following, "email": email, "error": TOO_OFTEN}, status=429)
    operator = authenticate(request, username=email, password=request.POST.get("password", ""))
    if operator is None:
        guesses.failed(email, place, monotonic())
        return render(request, "sign_in.html", {"next": following, "email": email, "error": WRONG}, status=403)
    login(request, operator)
    return _on_to(following)


@sensitive_post_parameters()
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link that works once. Mail scanners and previews open links, so opening it only shows a button."""
    if request.method != "POST":
        operator = invited(token)
        return render(request, "sign_in_link.html", {"invited": operator}, status=200 if operator else 410)
    operator = redeem(token)
    if operator is None:
        return render(request, "sign_in_link.html", {"invited": None}, status=410)
    login(request, operator, backend=BACKEND)
    request.session[BY_LINK] = True
    return redirect("overview")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign-in")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Set or change one's own password; other sessions of hers end."""
    operator = request.user
    assert isinstance(operator, User)
    asks_for_old = operator.has_usable_password() and not request.session.get(BY_LINK)
    kind = PasswordChangeForm if asks_for_old else SetPasswordForm
    if request.method != "POST":
        return render(request, "password.html", {"form": kind(operator), "asks_for_old": asks_for_old})
    form = kind(operator, request.POST)
    if not form.is_valid():
        return render(request, "password.html", {"form": form, "asks_for_old": asks_for_old}, status=422)
    form.save()
    update_session_auth_hash(request, operator)
    request.session.pop(BY_LINK, None)
    return redirect("overview")


def _on_to(following: str) -> HttpResponseRedirect:
    """Only to a page of ours."""
    is_ours = following.startswith("/") and url_has_allowed_host_and_scheme(following, allowed_hosts=None)
    return HttpResponseRedirect(following if is_ours else "/")
