"""`opportune.yml` and the environment."""

# ruff: noqa: E501  # messages stand here as people see them

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.project.shop import written

from opportune.adapters.project.project import read_project
from opportune.adapters.project.settings import Collecting, Settings, Shop, Smtp
from opportune.adapters.project.settings_file import PLAIN, SECTIONS, overridden
from opportune.language.tree.expressions import Coalesce, Literal
from opportune.language.tree.print import text_of
from opportune.language.tree.sending import QuietHours, Sending
from opportune.language.vocabulary.identity import BLOCKED

SHOP = "shop: {name: Lamps, currency: EUR}\n"


def told(folder: Path, text: str) -> list[str]:
    return [str(problem) for problem in read_project(written(folder, {"opportune.yml": text})).problems]


def test_only_name_and_currency_are_required(tmp_path: Path) -> None:
    project = read_project(written(tmp_path, {"opportune.yml": SHOP}))
    assert project.problems == ()
    assert (project.definitions.sending, project.settings.smtp, project.settings.data) == (Sending(), None, ".opportune")


def test_every_setting_is_read(tmp_path: Path) -> None:
    text = """
shop: {name: Lamps, currency: EUR, url: "https://l.example/", timezone: Europe/Berlin, address: Street 1, consent: {opt_in: [EU]}}
sender: {from: Lamps <a@l.example>, reply_to: b@l.example}
smtp: {host: localhost, port: 2525, user: u, password_env: SECRET, tls: none, retry: [2s, 1m]}
data: store
state: postgresql://x
engine: duckdb
serve: {host: 0.0.0.0, port: 80, public_url: "https://o.example", tick: 500ms}
calibrate: {scores: weekly, tiers: daily}
caps: {none: true}
quiet_hours: {none: true}
warm_up: off
breakers: {person_daily: 5}
identity: {blocked: [" Kiosk ", "till-*"], limits: {anonymous: 9, phone: 1}}
allow_private: ["localhost:8080"]
"""
    project = read_project(written(tmp_path, {"opportune.yml": text}))
    assert project.problems == ()
    settings = project.settings
    assert (settings.shop.url, settings.shop.opt_in, settings.sender.from_) == ("https://l.example", ("EU",), "Lamps <a@l.example>")
    assert settings.smtp == Smtp(
        host="localhost", port=2525, user="u", password_env="SECRET", tls="none", retry=(timedelta(seconds=2), timedelta(minutes=1))
    )
    assert settings.serve.tick == timedelta(milliseconds=500)
    assert settings.identity.blocked == (*BLOCKED, "kiosk", "till-*")
    assert (settings.identity.anonymous, settings.identity.email, settings.identity.phone) == (9, 5, 1)
    assert (settings.breakers.person_daily, settings.allow_private) == (5, ("localhost:8080",))
    assert project.definitions.sending == Sending(weekly=None, zone="Europe/Berlin")


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "opportune.yml:1: shop has no 'name' [E124]\n  Write it in opportune.yml: shop: {name: My Shop, currency: USD}"),
        ("shop: {name: a}\n", "opportune.yml:1: shop has no 'currency' [E124]\n  Write it in opportune.yml: shop: {name: My Shop, currency: USD}"),
        ("shop: {name: a, currency: euro}\n", "opportune.yml:1: shop.currency must be a currency code of three capitals, such as USD [E125]"),
        ("shop: {name: a, currency: EUR, timezone: Mars/Base}\n", "opportune.yml:1: shop.timezone must be a time zone such as Europe/Berlin or UTC [E125]"),
        (SHOP + "sendr: {}\n", "opportune.yml:2: opportune.yml has no key 'sendr' [E123]\n  Did you mean 'sender'?"),
        (SHOP + "smtp: {hots: x}\n", "opportune.yml:2: smtp has no key 'hots' [E123]\n  Did you mean 'host'?"),
        (SHOP + "smtp: {port: 25}\n", "opportune.yml:2: smtp has no 'host' [E124]\n  Add `host:`, or leave smtp out to have mail written as files."),
        (SHOP + "memory_limit: 1kB\n", "opportune.yml:2: memory_limit must be an amount of memory of at least 64MB, such as 512MB or 4GB [E125]"),
        (SHOP + "memory_limit: 4000\n", "opportune.yml:2: memory_limit must be an amount of memory of at least 64MB, such as 512MB or 4GB [E125]"),
        (SHOP + "smtp: {host: x, port: 99999}\n", "opportune.yml:2: smtp.port must be a port from 0 to 65535 [E125]"),
        (SHOP + "smtp: {host: x, tls: ssl}\n", "opportune.yml:2: smtp.tls must be none or starttls or tls [E125]"),
        (SHOP + "sender: {from: nobody}\n", "opportune.yml:2: sender.from must be a mail address, such as shop@example.org or My Shop <shop@example.org> [E125]"),
        (SHOP + "serve: {tick: 1}\n", "opportune.yml:2: serve.tick must be a duration, and 1 has no unit; write 1s, 1h or 1d [E125]"),
        (SHOP + "serve: {public_url: 'http://localhost:8000'}\n", "opportune.yml:2: warning: serve.public_url is plain http, which only this machine can open [E143]\n  Write an https:// address before customers get mail."),
        (SHOP + "serve: {public_url: 'http://shop.example'}\n", "opportune.yml:2: serve.public_url is plain http [E143]\n  Write an https:// address before customers get mail."),
        (SHOP + "quiet_hours: {from: 22}\n", "opportune.yml:2: quiet_hours has no 'to' [E124]\n  Add `to:`."),
        (SHOP + "quiet_hours: {from: 22, to: '08:00'}\n", "opportune.yml:2: quiet_hours.from must be a time of day, such as \"09:00\" [E125]"),
        (SHOP + "quiet_hours: {from: '08:00', to: '8:00'}\n", "opportune.yml:2: quiet_hours must begin and end at different times [E125]\n  Write quiet_hours: {none: true} for none."),
        (SHOP + "caps: {gap: 8d}\n", "opportune.yml:2: caps.gap must be at most 7d [E125]"),
        (SHOP + "caps: {gap: 16}\n", "opportune.yml:2: caps.gap must be a duration, and 16 has no unit; write 16s, 16h or 16d [E125]"),
        (SHOP + "caps: {weekly: trait.mail_frequency == 3}\n", "opportune.yml:2: a number is wanted here, and this is a condition [E108]"),
        (SHOP + "rungs: {abandonment: [cart, cart]}\n", "opportune.yml:2: 'cart' stands twice in rungs of 'abandonment' [E128]\n  Keep one."),
        (SHOP + "rungs: {abandonment: [The Cart]}\n", "opportune.yml:2: rungs of 'abandonment' must be names of small letters, digits, _ or -, and The Cart is none [E125]"),
        (SHOP + "warm_up: {days: 30}\n", "opportune.yml:2: `warm_up` is part of the language but not of this version yet [E112]\n  Leave it out for now; nothing is run that would be run wrongly."),
        (SHOP + "engine: spark://x\n", "opportune.yml:2: `engine: spark://` is part of the language but not of this version yet [E112]\n  Leave it out for now; nothing is run that would be run wrongly."),
        (SHOP + "engine: oracle\n", "opportune.yml:2: engine must be duckdb or spark://... [E125]"),
        (SHOP + "caps: {weekly: 0}\n", "opportune.yml:2: caps.weekly must be a whole number from 1 to 1,000,000 [E125]"),
        (SHOP + "caps: {wekly: 1}\n", "opportune.yml:2: caps has no key 'wekly' [E123]\n  Did you mean 'weekly'?"),
        (SHOP + "caps:\n", "opportune.yml:2: caps has no value [E122]\n  Inside { } an expression stands in quotes, and so does one that begins with a quote or holds ': ' or ' #'."),
        (SHOP + "journey_defaults: {holdut: 10%}\n", "opportune.yml:2: journey_defaults has no key 'holdut' [E123]\n  Did you mean 'holdout'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_setting_is_told_word_for_word(tmp_path: Path, text: str, message: str) -> None:
    assert message in told(tmp_path, text)


def test_the_environment_is_laid_over_the_file() -> None:
    environment = {
        "OPPORTUNE_SMTP_HOST": "mail.example",
        "OPPORTUNE_SMTP_PORT": "25",
        "OPPORTUNE_SERVE_PUBLIC_URL": "https://o.example",
        "OPPORTUNE_SERVE_TICK": "2s",
        "OPPORTUNE_DATA": "elsewhere",
        "OPPORTUNE_SOMETHING_ELSE": "x",
        "HOME": "x",
    }
    settings, problems = overridden(Settings(), environment)
    assert problems == []
    assert settings.smtp == Smtp(host="mail.example", port=25)
    assert (settings.serve.public_url, settings.serve.tick, settings.data) == ("https://o.example", timedelta(seconds=2), "elsewhere")


def test_a_wrong_variable_is_a_problem_and_changes_nothing() -> None:
    settings, problems = overridden(Settings(), {"OPPORTUNE_SMTP_PORT": "many", "OPPORTUNE_SMTP_HOTS": "x"})
    assert settings == Settings()
    assert [str(problem) for problem in problems] == [
        "OPPORTUNE_SMTP_HOTS: smtp has no key 'hots' [E123]\n  Did you mean 'host'?",
        "OPPORTUNE_SMTP_PORT: OPPORTUNE_SMTP_PORT must be a whole number [E125]",
    ]


def test_a_cap_may_be_an_expression_over_definitions_and_the_default_stands_in_for_what_it_does_not_know(tmp_path: Path) -> None:
    rules = "caps: {weekly: 'least(metric.wanted, trait.mail_frequency)', gap: setting.apart}\nquiet_hours: {from: '21:00', to: '8:30'}\n"
    named = 'settings: {apart: 16h}\nmetrics: {wanted: count("Order Completed")}\n'
    project = read_project(written(tmp_path, {"opportune.yml": SHOP + rules + named}))
    assert project.problems == ()
    sending = project.definitions.sending
    assert isinstance(sending.weekly, Coalesce)
    assert text_of(sending.weekly.parts[0]) == 'least(count("Order Completed"), trait.mail_frequency)'
    assert sending.weekly.parts[1] == Literal(3)
    assert (sending.gap, sending.quiet, sending.zone) == (timedelta(hours=16), QuietHours(begins=21 * 60, ends=8 * 60 + 30), "UTC")


def test_consent_is_asked_twice_in_germany_and_austria_unless_the_shop_says_otherwise(tmp_path: Path) -> None:
    def shop(said: str) -> Shop:
        project = read_project(written(tmp_path, {"opportune.yml": f"shop: {{name: Lamps, currency: EUR, consent: {{{said}}}}}\n"}))
        assert project.problems == ()
        return project.settings.shop

    assert (shop("").double_opt_in, shop("double_opt_in: []").double_opt_in) == (("DE", "AT"), ())
    assert (shop("double_opt_in: all").double_opt_in, shop("double_opt_in: [CH]").double_opt_in) == (("all",), ("CH",))
    assert shop("categories: {Marketing: ads}").categories == {"Marketing": "ads"}


def test_a_category_of_consent_means_a_purpose(tmp_path: Path) -> None:
    text = "shop: {name: Lamps, currency: EUR, country: Deutschland, consent: {categories: {Marketing: marketing}}}\n"
    category, country = sorted(told(tmp_path, text))
    assert "shop.country must be a country's code of two capitals, such as DE" in country
    assert "shop.consent.categories.Marketing must be email or sms or push or tracking or profiling or ads" in category


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_.]+)`", page, re.MULTILINE))
    known = {f"{section}.{key}" for section, keys in SECTIONS.items() for key in keys} | set(PLAIN)
    more = {
        "shop.consent.opt_in",
        "shop.consent.double_opt_in",
        "shop.consent.categories",
        "smtp.retry",
        "serve.trusted_proxies",
        "caps.weekly",
        "caps.gap",
        "quiet_hours.from",
        "quiet_hours.to",
        "rungs",
        "warm_up",
        "allow_private",
        "journey_defaults",
        "offers",
        "sources",
        *("identity.blocked", "identity.limits.anonymous", "identity.limits.email", "identity.limits.phone"),
    }
    assert documented == known | more


def test_proxies_and_what_senders_are_held_to(tmp_path: Path) -> None:
    yml = SHOP + (
        "serve: {trusted_proxies: [10.1.2.3/8, '2001:db8::1']}\ncollector: {calls_per_second: 50, burst: 500, keep_ip: true, memory: 2GB}\n"
    )
    settings = read_project(written(tmp_path, {"opportune.yml": yml})).settings
    assert settings.serve.trusted_proxies == ("10.0.0.0/8", "2001:db8::1/128")
    assert settings.collector == Collecting(calls_per_second=50, burst=500, keep_ip=True, memory="2GB")


def test_a_proxy_that_is_no_address_is_a_problem(tmp_path: Path) -> None:
    (problem,) = told(tmp_path, SHOP + "serve: {trusted_proxies: [the proxy]}\n")
    assert "serve.trusted_proxies must be an address or a network, such as 10.0.0.0/8" in problem
