"""Every address of the pages. All but those of signing in and the style sheet need somebody who is signed in."""

from django.urls import path

from opportune.web.pages import files, mailbox, overview, signing_in

urlpatterns = [
    path("", overview.show, name="overview"),
    path("mailbox", mailbox.show, name="mailbox"),
    path("mailbox/<str:message_id>", mailbox.one, name="message"),
    path("mailbox/<str:message_id>/mail", mailbox.mail, name="mail"),
    path("sign-in", signing_in.sign_in, name="sign-in"),
    path("sign-in/<str:token>", signing_in.by_link, name="sign-in-link"),
    path("sign-out", signing_in.sign_out, name="sign-out"),
    path("password", signing_in.password, name="password"),
    path("static/<str:stamp>/<str:name>", files.show, name="file"),
]
