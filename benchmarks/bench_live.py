"""How long from an accepted event to the end of SMTP DATA, at 50 triggered mails a second, and how much memory does `serve` hold?

Settles  that one process is enough for a shop's triggered mail. Run beside it: the physical limit of the same mails, which is one SMTP
         hand-over each on an open connection with nothing else to do.
Run      make bench ARGS="benchmarks/bench_live.py" · OPPORTUNE_BENCH_SECONDS=60 for longer
Needs    a quiet machine: two cores carry the sender of events, serve, its renderer and the mail server
"""

import base64
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from opportune.adapters.channels.channel import Envelope, HandedOver
from opportune.adapters.channels.smtp import Server, Smtp, Tls
from opportune.samples.post_office import PostOffice

RATE = 50
SECONDS = int(os.environ.get("OPPORTUNE_BENCH_SECONDS", "20"))
WARM_UP = 3
JOURNEY = """
journey: thanks
kind: transactional
when: event("Order Completed")
reentry: always
holdout: 0%
steps:
  - send: thanks
"""
TEMPLATE = """---
subject: "Thank you, {{ customer.first_name }}"
---
<mjml><mj-body><mj-section><mj-column><mj-text>Order {{ trigger.order_id }}: <a href="https://shop.example/">see it</a>
{{ shop.address }} <a href="{{ why_url }}">Why?</a></mj-text></mj-column></mj-section></mj-body></mjml>
"""


def project(folder: Path, port: int) -> None:
    (folder / "templates").mkdir(parents=True)
    (folder / "opportune.yml").write_text(
        "shop: {name: Bench, currency: USD, address: 1 Main Street, url: 'https://shop.example'}\n"
        "sender: {from: shop@shop.example}\n"
        f"smtp: {{host: 127.0.0.1, port: {port}, tls: none}}\n"
    )
    (folder / "thanks.yml").write_text(JOURNEY)
    (folder / "templates" / "thanks.mjml").write_text(TEMPLATE)


def opportune(*words: str, folder: Path) -> str:
    command = [sys.executable, "-m", "opportune.cli.main", *words, "--project", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Shop:
    """Sends orders at a steady rate; remembers when each was acknowledged."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._headers = {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(), "content-type": "application/json"}
        self.accepted: dict[str, float] = {}

    def close(self) -> None:
        self._connection.close()

    def post(self, path: str, body: dict[str, object]) -> None:
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()

    def customers(self, number: int) -> None:
        for n in range(number):
            self.post("/v1/identify", {"userId": f"c{n}", "traits": {"email": f"c{n}@mail.example", "first_name": f"Ann {n}"}})

    def orders(self, seconds: int, customers: int) -> None:
        begin = time.time()
        for n in range(seconds * RATE):
            time.sleep(max(0.0, begin + n / RATE - time.time()))
            properties = {"order_id": f"o{n}", "total": 20}
            self.post(
                "/v1/track",
                {"userId": f"c{n % customers}", "event": "Order Completed", "messageId": f"order-{n}", "properties": properties},
            )
            self.accepted[f"o{n}"] = time.time()


def limit(office: PostOffice) -> float:
    """Median seconds of one hand-over on an open connection."""
    channel = Smtp(Server(host="127.0.0.1", port=office.port, tls=Tls.NONE))
    content = b"Subject: x\r\nFrom: a@b.example\r\nTo: c@d.example\r\n\r\n" + (b"x" * 70 + b"\r\n") * 110
    took = []
    for n in range(200):
        begun = time.perf_counter()
        outcome = channel.deliver(Envelope(message_id=str(n), sender="a@b.example", recipient="c@d.example", content=content))
        took.append(time.perf_counter() - begun)
        assert isinstance(outcome, HandedOver)
    channel.close()
    return statistics.median(took)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@pytest.mark.slow
@pytest.mark.processes
def test_an_accepted_event_becomes_a_mail(tmp_path: Path) -> None:
    office = PostOffice.start(tmp_path / "post")
    project(tmp_path / "shop", office.port)
    key = opportune("keys", "add", "shop", folder=tmp_path / "shop").split()[-1]
    serve = subprocess.Popen(
        [sys.executable, "-m", "opportune.cli.main", "serve", "--port", "0", "--project", str(tmp_path / "shop")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serve.stdout is not None
    try:
        port = int(re.findall(r":(\d+)/", serve.stdout.readline())[-1])
        shop = Shop(port, key)
        shop.customers(500)
        thread = threading.Thread(target=shop.orders, args=(WARM_UP + SECONDS, 500))
        thread.start()
        thread.join()
        shop.close()
        arrived = wait_for(office, (WARM_UP + SECONDS) * RATE)
        process = psutil.Process(serve.pid)
        memory = {"serve": process.memory_info().rss, "renderer": sum(child.memory_info().rss for child in process.children())}
        alone = limit(office)
    finally:
        serve.terminate()
        serve.wait(30)
        serve.stdout.close()
        office.close()
    took = [arrived[order] - at for order, at in shop.accepted.items() if int(order[1:]) >= WARM_UP * RATE]
    report(took, memory, alone)


def wait_for(office: PostOffice, number: int) -> dict[str, float]:
    """order id → when the mail server had the whole message."""
    until = time.time() + 120
    while len(office.paths()) < number and time.time() < until:
        time.sleep(0.2)
    arrived = {}
    for path, mail in zip(office.paths(), office.messages(), strict=True):
        found = re.search(r"Order (o\d+)", mail.get_body(("plain",)).get_content())
        assert found is not None
        arrived[found[1]] = path.stat().st_mtime
    assert len(arrived) == number, f"{number - len(arrived)} mails are missing"
    return arrived


def report(took: list[float], memory: dict[str, int], alone: float) -> None:
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    print(
        f"\n{len(took)} triggered mails at {RATE}/s, load average {os.getloadavg()[0]:.1f}: accepted → end of DATA "
        f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms; one hand-over alone {alone * 1000:.1f} ms "
        f"(p50 is {p50 / alone:.0f} of them); resident: serve {memory['serve'] / 2**20:.0f} MiB, "
        f"renderer {memory['renderer'] / 2**20:.0f} MiB"
    )
