"""The whole service over HTTP: one customer from a page and a webhook, and kill -9 between what is kept and what is told."""

import base64
import csv
import hashlib
import hmac
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from itertools import count, product
from pathlib import Path

import httpx
import pytest
from tests.webhooks.hooks import payload

ROOT = Path(__file__).parents[2]
SERVED = Path(__file__).with_name("served.py")
SECRET = "shpss_0123456789"
SETTINGS = """
shop: {name: Lamps, currency: USD}
sources:
  shop: {webhook: shopify, secret_env: SHOP_SECRET, with: {test_orders: "yes"}}
"""
METRICS = """
metrics:
  orders: count("Order Completed")
  spent: sum("Order Completed", total)
  refunded: sum("Order Refunded", total)
  views: count("Product Viewed")
  email: trait.email
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "opportune.yml").write_text(SETTINGS)
    (tmp_path / "metrics.yml").write_text(METRICS)
    return tmp_path


@contextmanager
def serving(project, **environment):
    """The address of a running service; killed at the end if it still lives."""
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "SHOP_SECRET": SECRET, **environment}
    with subprocess.Popen([sys.executable, SERVED, project], env=surroundings, stdout=subprocess.PIPE, text=True) as service:
        try:
            yield service.stdout.readline().rpartition(" at ")[2].strip().rstrip("/"), service
        finally:
            service.terminate()
            service.wait(30)


def send(address, topic, said):
    body = json.dumps(said).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": topic, "Content-Type": "application/json"}
    return httpx.post(f"{address}/webhooks/shop", content=body, headers=headers, timeout=20)


def opportune(project, *words):
    done = subprocess.run(
        [sys.executable, "-m", "opportune.cli.main", *words, "--project", project],
        env={**os.environ, "SHOP_SECRET": SECRET, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def evaluated(project):
    code, said = opportune(project, "evaluate", "--out", str(project / "out.csv"))
    assert code == 0, said
    with (project / "out.csv").open() as rows:
        return {row["customer_id"]: row for row in csv.DictReader(rows)}


@pytest.mark.processes
@pytest.mark.slow
def test_one_customer_comes_out_of_a_page_an_order_and_its_refund(project):
    key = opportune(project, "keys", "add", "site")[1].splitlines()[-1]
    order = {**payload("shopify-orders-create"), "cancelled_at": None}
    with serving(project) as (address, _):
        page = [
            {"type": "track", "anonymousId": "cookie-7", "event": "Product Viewed", "timestamp": "2021-12-31T20:00:00Z"},
            {"type": "identify", "anonymousId": "cookie-7", "userId": str(order["customer"]["id"]), "timestamp": "2021-12-31T21:00:00Z"},
        ]
        assert httpx.post(f"{address}/v1/batch", json={"batch": page}, auth=(key, "")).status_code == 200
        assert send(address, "orders/create", order).status_code == 200
        assert send(address, "orders/paid", order).status_code == 200
        assert send(address, "refunds/create", payload("shopify-refunds-create")).status_code == 200
        assert httpx.post(f"{address}/webhooks/shop", content=b"{}").status_code == 401
        rows = evaluated(project)
    known = rows[str(order["customer"]["id"])]
    assert (known["orders"], known["views"], known["email"]) == ("1", "1", "john@example.com")
    assert (float(known["spent"]), float(known["refunded"])) == (403.0, 85.0)
    assert len(rows) == 1


@pytest.mark.processes
@pytest.mark.slow
def test_killed_between_what_is_kept_and_what_is_told_the_providers_retry_gives_one_event(project):
    order = {**payload("shopify-orders-create"), "cancelled_at": None}
    with serving(project, OPPORTUNE_CRASH="webhook_raw:1") as (address, service):
        with pytest.raises(httpx.TransportError):
            send(address, "orders/create", order)
        assert service.wait(30) == -9
    with serving(project) as (address, _):
        assert send(address, "orders/create", order).status_code == 200
        code, said = opportune(project, "webhooks", "replay", "shop")
        assert (code, said.splitlines()[0]) == (0, "2 payloads told again: 4 calls; those known already change nothing")
        rows = evaluated(project)
    assert {row["orders"] for row in rows.values()} == {"1"}


@pytest.mark.processes
@pytest.mark.slow
def test_a_replay_without_a_running_service_tells_what_was_kept(project):
    with serving(project) as (address, _):
        assert send(address, "orders/create", {**payload("shopify-orders-create"), "cancelled_at": None}).status_code == 200
    code, said = opportune(project, "webhooks", "replay", "shop", "--from", "2020-01-01")
    assert (code, said.splitlines()[0]) == (0, "1 payloads told again: 2 calls; those known already change nothing")
    assert opportune(project, "webhooks", "replay", "nobody")[0] == 2


def test_the_command_shows_the_calls_a_payload_would_make(project):
    words = ("--source", "shop", "--header", "X-Shopify-Topic:customers/update")
    fixture = Path(__file__).with_name("fixtures") / "shopify-customers-update.json"
    code, said = opportune(project, "webhooks", "test", str(fixture), *words)
    assert code == 0
    assert json.loads(said)["userId"] == "706405506930370084"
    code, said = opportune(project, "webhooks", "test", str(fixture), "--connector", "shopify")
    assert (code, said.strip()) == (0, "opportune: no entry speaks of this payload (topic: none)")
    assert opportune(project, "webhooks", "test", str(fixture))[0] == 2


@pytest.mark.processes
@pytest.mark.soak
def test_killed_again_and_again_wherever_it_is_every_order_is_told_once(project):
    points = [f"{point}:{n}" for point, n in product(("webhook_raw", "log_append", "log_fsync", "load"), (1, 3))]
    order, numbers, waiting = {**payload("shopify-orders-create"), "cancelled_at": None}, count(1), []
    for point in points:
        with serving(project, OPPORTUNE_CRASH=point) as (address, service):
            waiting += [next(numbers) for _ in range(8)]
            for number in list(waiting):
                try:
                    if send(address, "orders/create", {**order, "id": number}).status_code == 200:
                        waiting.remove(number)
                except (httpx.TransportError, httpx.UnsupportedProtocol):
                    break
            assert service.wait(30) == -9, point
    with serving(project) as (address, _):
        assert {send(address, "orders/create", {**order, "id": number}).status_code for number in waiting} == {200}
        (known,) = evaluated(project).values()
    assert known["orders"] == str(next(numbers) - 1)
