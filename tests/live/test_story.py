"""A shop as its owner runs it: Segment's client sends, mail arrives, a link is clicked, an order follows; commands work beside it."""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import segment.analytics as segment
from tests.live.serving import Serve, done, messages, post_office, rows, run, serving, settings, state, until, write

from opportune.samples.post_office import PostOffice

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(180)]

CART = """
journey: cart
when: lapse("Product Added", unless="Order Completed", within="2s")
only_if: consent.email
exit_if: did("Order Completed", since=entry)
reentry: 1s
holdout: 0%
goal: {reached: 'did("Order Completed", since=entry)', within: 1h, value: 'sum("Order Completed", total, since=entry)'}
steps:
  - send: first
  - wait: 1h
  - send: second
"""
SEGMENTS = """
segments:
  buyers: did("Order Completed")
metrics:
  spent: sum("Order Completed", total)
"""
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"}


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that is open."""

    folder: Path
    serve: Serve
    office: PostOffice
    key: str

    def client(self) -> Any:
        """Segment's own."""
        return segment.Client(self.key, host=self.serve.address, upload_interval=0.05, max_retries=3, timeout=10)

    def mail_to(self, address: str, number: int = 1) -> EmailMessage:
        """The last of so many mails to somebody, once they have arrived."""
        return until(f"mail {number} to {address}", lambda: self.mails_to(address)[number - 1 :])[-1]  # type: ignore[no-any-return]

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Every mail to somebody so far."""
        return [mail for mail in self.office.messages() if mail["Delivered-To"] == address]

    def signs_up(self, who: str) -> None:
        """Somebody may be mailed."""
        client = self.client()
        client.identify(who, {"email": f"{who}@example.com", "first_name": who.title()})
        client.track(who, "Consent Given", {"purpose": "email"})
        client.join()

    def does(self, who: str, event: str, **properties: Any) -> None:
        """One event, acknowledged."""
        client = self.client()
        client.track(who, event, properties)
        client.join()

    def leaves_a_cart(self, who: str) -> None:
        """Somebody who may be mailed puts something into her cart."""
        self.signs_up(who)
        self.does(who, "Product Added", product_id="lamp", price=20)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "project"
    with post_office(tmp_path / "office") as office:
        write(folder, {"opportune.yml": settings(office.port), "cart.yml": CART, "segments.yml": SEGMENTS}, ("first", "second", "third"))
        key = done("keys", "add", "shop", project=folder).splitlines()[-1]
        with serving(folder) as serve:
            yield Shop(folder, serve, office, key)


def link_in(mail: EmailMessage) -> str:
    """The tracked link a reader clicks."""
    page = mail.get_body(("html",))
    assert isinstance(page, EmailMessage)
    return re.findall(r'href="([^"]+/c/[^"]+)"', str(page.get_content()))[0]


def test_a_cart_becomes_a_mail_a_click_and_an_order_and_an_unsubscribed_customer_gets_no_more(shop: Shop) -> None:
    shop.leaves_a_cart("ann")
    mail = shop.mail_to("ann@example.com")
    arrived = time.monotonic()
    assert mail["Subject"] == "first for Ann"
    until("a person would have read it", lambda: time.monotonic() - arrived > 3.2)
    click = httpx.get(link_in(mail), headers=PERSON, follow_redirects=False)
    landed, _, token = click.headers["location"].partition("&opp_c=")
    assert (click.status_code, landed, len(token) > 20) == (302, "https://shop.example/first?p=lamp", True)
    shop.does("ann", "Order Completed", order_id="o1", total=49.5)
    until("the order is counted", lambda: journeys(shop)[0]["treated_reached"] == "1")
    (cart,) = journeys(shop)
    assert (cart["enrolled"], cart["mails"], cart["clicked"], cart["treated_value"], cart["revenue_per_mail"]) == (
        "1",
        "1",
        "1",
        "49.5",
        "49.5",
    )
    assert human_clicks(shop) == ["ann"]

    unsubscribe = str(mail["List-Unsubscribe"]).strip("<> ")
    assert httpx.get(unsubscribe, headers=PERSON).status_code == 200  # looking changes nothing
    answer = httpx.post(unsubscribe, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    shop.does("ann", "Product Added", product_id="rug", price=90)
    shop.leaves_a_cart("bob")
    shop.mail_to("bob@example.com")
    carts = state(shop.folder, "SELECT customer_id, result FROM moments ORDER BY acted_at")
    assert carts == [("ann", "entered"), ("ann", "only_if was false"), ("bob", "entered")]  # unsubscribing withdraws the consent
    assert len(shop.mails_to("ann@example.com")) == 1


def journeys(shop: Shop) -> list[dict[str, str]]:
    """journeys.csv of the report."""
    out = shop.folder.parent / "report"
    done("report", "--out", out, project=shop.folder)
    return rows(out / "journeys.csv")


def human_clicks(shop: Shop) -> list[str]:
    """Whose clicks were a person's."""
    out = shop.folder.parent / "clicks.csv"
    done("moments", "--when", 'event("Email Link Clicked", agent == "human")', "--out", out, project=shop.folder)
    return [row["customer_id"] for row in rows(out)]


def test_commands_give_the_same_beside_serve_as_alone(shop: Shop, tmp_path: Path) -> None:
    shop.leaves_a_cart("ann")
    shop.mail_to("ann@example.com")
    history = tmp_path / "history.ndjson"
    order = {"event_id": "h1", "customer_id": "eve", "name": "Product Added", "ts": "2026-01-05T10:00:00Z", "product_id": "rug"}
    history.write_text(json.dumps(order) + "\n")
    done("import", history, project=shop.folder)
    until("the hand-over is told", lambda: told(shop.folder, tmp_path) >= 2)
    at = f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%dT00:00:00Z}"
    words: dict[str, tuple[Any, ...]] = {
        "check": ("check",),
        "evaluate": ("evaluate", "--at", at, "--out", "OUT/evaluated.csv"),
        "moments": ("moments", "cart", "--to", at, "--out", "OUT/moments.csv"),
        "backtest": ("backtest", "--out", "OUT/backtest"),
        "messages": ("messages", "--out", "OUT/messages.csv"),
        "report": ("report", "--out", "OUT/report"),
    }
    with ThreadPoolExecutor(3) as callers:  # several at once, as when a page and a script ask
        asked = {name: callers.submit(outcome, said, shop.folder, tmp_path / "beside") for name, said in words.items()}
        beside = {name: answer.result() for name, answer in asked.items()}
    assert shop.serve.stop() == 0
    alone = {name: outcome(said, shop.folder, tmp_path / "alone") for name, said in words.items()}
    for name in words:
        assert beside[name][0] == alone[name][0] == 0, (name, beside[name], alone[name])
        assert beside[name] == alone[name], name
    assert rows(tmp_path / "beside" / "messages.csv")[0]["status"] == "handed_over"


def told(folder: Path, tmp_path: Path) -> int:
    """How many events of ours are stored."""
    out = tmp_path / "told.csv"
    done("moments", "--when", 'event(any("Email Sent", "Email Delivered"))', "--out", out, project=folder)
    return len(rows(out))


def outcome(words: tuple[Any, ...], folder: Path, out: Path) -> tuple[int, str, str, dict[str, str]]:
    """Status, words and files of a command."""
    said = [str(word).replace("OUT", str(out)) for word in words]
    ended = run(*said, project=folder)
    last = Path(said[said.index("--out") + 1]) if "--out" in said else None
    files = [] if last is None else [last] if last.is_file() else sorted(last.glob("*"))
    written = {file.name: file.read_text() for file in files}
    return ended.returncode, ended.stdout.replace(str(out), "OUT"), ended.stderr.replace(str(out), "OUT"), written


def test_an_import_beside_serve_mails_nobody_and_a_changed_journey_is_taken_up_by_apply(shop: Shop, tmp_path: Path) -> None:
    history = tmp_path / "history.ndjson"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    calls = [
        {"event_id": "h1", "customer_id": "eve", "name": "Consent Given", "ts": now, "purpose": "email"},
        {"event_id": "h2", "customer_id": "eve", "name": "Product Added", "ts": now, "product_id": "rug"},
    ]
    history.write_text("".join(json.dumps(call) + "\n" for call in calls))
    assert "2 events stored" in done("import", history, project=shop.folder)
    assert "0 events stored, 2 were there already" in done("import", history, project=shop.folder)
    (shop.folder / "cart.yml").write_text(CART.replace("send: first", "send: third").lstrip())
    assert "cart" in done("apply", project=shop.folder)
    shop.leaves_a_cart("ann")
    assert shop.mail_to("ann@example.com")["Subject"] == "third for Ann"
    assert {m["customer_id"] for m in messages(shop.folder)} == {"ann"}
    (shop.folder / "cart.yml").write_text("journey: [")
    broken = run("apply", project=shop.folder)
    assert broken.returncode == 1
    assert "cart.yml" in broken.stderr
    shop.leaves_a_cart("bob")
    assert shop.mail_to("bob@example.com")["Subject"] == "third for Bob"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_serve_leaves_no_process_no_port_and_no_socket(shop: Shop, number: signal.Signals) -> None:
    children = shop.serve.children()
    assert children, "the renderer is a process of its own"
    assert shop.serve.stop(number) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []
    with socket.create_server(("127.0.0.1", int(shop.serve.address.rpartition(":")[2]))):
        pass
    left = {path.name for path in (shop.folder / ".opportune").iterdir()}
    assert not left & {"serve.sock", "serve.json"}
    assert shop.serve.said() == ""


def test_serve_killed_outright_leaves_no_renderer_and_the_next_one_starts(shop: Shop) -> None:
    children = shop.serve.children()
    shop.serve.process.kill()
    shop.serve.wait()
    assert psutil.wait_procs(children, timeout=5)[1] == []
    done("messages", "--out", shop.folder.parent / "messages.csv", project=shop.folder)  # what it left of the socket misleads nobody
    with serving(shop.folder) as again:
        assert again.stop() == 0


def test_a_second_serve_of_a_project_says_who_has_it_and_the_first_goes_on(shop: Shop) -> None:
    port = shop.serve.address.rpartition(":")[2]
    for words in (("--port", "0"), ("--port", port)):
        second = run("serve", *words, project=shop.folder)
        assert second.returncode == 1
        assert "another process serves this project" in second.stderr
        assert "Traceback" not in second.stderr
    assert httpx.get(f"{shop.serve.address}/healthz").status_code == 200
    done("report", project=shop.folder)


def test_the_link_of_a_new_operator_leads_to_the_port_that_serve_took(shop: Shop) -> None:
    link = done("users", "add", "ann@example.com", project=shop.folder).splitlines()[-1]
    assert link.startswith(f"{shop.serve.address}/sign-in/")
    assert httpx.get(link).status_code == 200


def test_a_port_that_is_taken_is_named_with_a_remedy(tmp_path: Path) -> None:
    folder = write(tmp_path / "project", {"opportune.yml": settings(1), "cart.yml": CART}, ("first", "second"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("serve", "--port", port, project=folder)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_project_far_down_in_the_tree_is_served_and_commanded(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 60) / ("e" * 60) / "project"
    write(folder, {"opportune.yml": settings(1), "cart.yml": CART, "segments.yml": SEGMENTS}, ("first", "second"))
    with serving(folder) as serve:
        assert run("messages", "--out", tmp_path / "messages.csv", project=folder).returncode == 0
        assert serve.stop() == 0
    assert not (folder / ".opportune" / "serve.sock").exists()


def test_commands_given_while_serve_is_starting_or_another_is_at_work_are_done_all_the_same(tmp_path: Path) -> None:
    folder = write(tmp_path / "project", {"opportune.yml": settings(1), "cart.yml": CART, "segments.yml": SEGMENTS}, ("first", "second"))
    with ThreadPoolExecutor(3) as callers:
        asked = [callers.submit(run, "messages", "--out", tmp_path / f"{number}.csv", project=folder) for number in range(6)]
        with serving(folder) as serve:
            assert [(ended.result().returncode, ended.result().stderr) for ended in asked] == [(0, "")] * 6
            assert serve.stop() == 0
