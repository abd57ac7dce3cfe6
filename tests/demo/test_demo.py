"""`opportune demo`, as a real process: what it says, what it leaves, and that it leaves nothing running."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.demo.demonstration import PATIENCE, are_gone, environment, family, said, started, wait_until

from opportune.cli.demonstration.folder import LETTERS, found_shop, furnish, refuse_what_is_there
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant
from opportune.samples.shop import Shop
from opportune.shell.refusals import Unusable
from opportune.shell.workspace import Workspace

LINK = re.compile(r"(http://127\.0\.0\.1:(\d+))(/sign-in/\S+)\s*$")


@pytest.mark.processes
@pytest.mark.slow
def test_without_serving_it_ends_with_figures_a_project_and_no_process(tmp_path: Path) -> None:
    with started(tmp_path, "--customers", "120", "--no-serve") as demo:
        wait_until(lambda: bool(family(demo.pid)), "the mail server")
        children = family(demo.pid)
        assert demo.wait(timeout=PATIENCE) == 0, said(tmp_path)
    words = said(tmp_path)
    for sentence in (
        "simulated",
        "Backtest",
        "would have reached",
        "held back",
        "have bought anyway",
        "held out",
        "would not have been",
    ):
        assert sentence in words, words
    assert are_gone(children)
    workspace = Workspace(tmp_path / "shop")
    sent = [message for message in workspace.journeys.messages(EARLIEST, FOREVER) if message.status.value == "handed_over"]
    workspace.close()
    assert 3 < len(sent) == len(list((tmp_path / "shop" / LETTERS / "new").iterdir()))
    assert {"cart-abandonment.yml", "post-purchase.yml"} <= {path.name for path in (tmp_path / "shop" / "journeys").iterdir()}


@pytest.mark.processes
@pytest.mark.slow
def test_serving_has_traffic_and_mails_and_ctrl_c_leaves_neither_process_nor_port(tmp_path: Path) -> None:
    with started(tmp_path, "--customers", "120", "--port", "0") as demo:
        wait_until(lambda: LINK.search(said(tmp_path)) is not None or demo.poll() is not None, "the address to open")
        found = LINK.search(said(tmp_path))
        assert found, said(tmp_path)
        address, port, link = found[1], int(found[2]), found[3]
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert httpx.get(address + link).status_code == 200
        letters = tmp_path / "shop" / LETTERS / "new"
        before = len(list(letters.glob("*.eml")))
        wait_until(lambda: len(list(letters.glob("*.eml"))) > before, "a mail of the open shop")
        children = family(demo.pid)
        assert len(children) == 3, "the mail server, the renderer and the visitors"
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=30) == 0, said(tmp_path)
    assert are_gone(children)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.parametrize("number,status", [(signal.SIGTERM, 130), (signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_demo_that_is_stopped_while_it_builds_leaves_no_process(tmp_path: Path, number: int, status: int) -> None:
    with started(tmp_path, "--customers", "120", "--no-serve") as demo:
        wait_until(lambda: bool(family(demo.pid)) and "Wrote the project" in said(tmp_path), "the mail server and the project")
        children = family(demo.pid)
        demo.send_signal(number)
        assert demo.wait(timeout=30) == status, said(tmp_path)
    wait_until(lambda: are_gone(children), "the children to end", 10)


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(Unusable) as refusal:
        refuse_what_is_there(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path} holds other files, and the demo overwrites nothing\n"
        f"  Choose another folder with --dir, or remove this one: rm -r {tmp_path}"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_earlier_demo_is_refused_too(tmp_path: Path) -> None:
    found_shop(tmp_path / "shop", smtp_port=2525, port=8000)
    with pytest.raises(Unusable, match="holds an earlier demo or another project"):
        refuse_what_is_there(tmp_path / "shop")


def test_the_project_is_the_starter_pack_with_the_sample_shops_settings(tmp_path: Path) -> None:
    found_shop(tmp_path / "shop", smtp_port=2525, port=8123)
    settings = Workspace(tmp_path / "shop").sound_project().settings
    assert (settings.shop.name, settings.shop.url, settings.shop.currency) == ("Halden & Wick", "https://halden-wick.example", "USD")
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.tls) == ("127.0.0.1", 2525, "none")
    assert (settings.serve.port, settings.serve.public_url) == (8123, "http://127.0.0.1:8123")


def test_the_projects_mails_know_what_the_shop_sells(tmp_path: Path) -> None:
    found_shop(tmp_path / "shop", smtp_port=2525, port=8123)
    furnish(tmp_path / "shop", Shop.build(customers=1, seed=1, start=Instant(0), days=1))
    project = Workspace(tmp_path / "shop").sound_project()
    rows = project.tables[project.definitions.tables["products"].name].rows
    assert len(rows) == 200
    assert {"name", "category", "price", "url", "image_url"} <= set(rows[0].values)


def test_a_port_that_is_taken_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "opportune.cli.main", "demo", "--dir", str(tmp_path / "shop"), "--port", str(port)]
        found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment())
    assert found.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in found.stderr
    assert not (tmp_path / "shop").exists()
