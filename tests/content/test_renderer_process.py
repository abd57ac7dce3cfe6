"""The renderer child: one poisoned mail stops nobody else, a killed child is replaced, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.content.mails import AT, VALUES, template_of

import opportune
from opportune.language.vocabulary.kinds import Json
from opportune.shell.rendering import Order, Renderer, order
from opportune.stages.content.refusal import Reason, Refusal
from opportune.stages.content.rendered import Rendered
from opportune.stages.tracking.tokens import Purpose, Token, read

SECRET = b"k" * 32
SORTED = "{{ customer.list | sort | reverse | uniq | size }}"
SLOW = f"{{% for i in (1..90) %}}{{% for j in (1..90) %}}{SORTED * 3}{{% endfor %}}{{% endfor %}}"
TEMPLATES = {
    "hello": template_of("<a href='https://lumen.test/lamp'>{{ customer.first_name }}</a>"),
    "broken": template_of("{{ 1 | divided_by: 0 }}"),
    "endless": template_of("{% for i in (1..1000000000) %}x{% endfor %}"),
    "slow": template_of(SLOW),
}
pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    started = Renderer(secret=SECRET, public_url="https://mail.test/")
    started.start(TEMPLATES)
    yield started
    started.close()


def ordered(template: str = "hello", *, message: int = 1, tracks: bool = True, is_marketing: bool = True, **customer: Json) -> Order:
    values = {**VALUES, "customer": customer or VALUES["customer"]}
    return order(template, values, message=message, at=AT, tracks=tracks, is_marketing=is_marketing)


def test_every_mail_of_a_batch_is_answered_in_order(renderer):
    mails = renderer.render([ordered(first_name=f"N{n}") for n in range(200)])
    assert all(isinstance(mail, Rendered) and f">N{n}</a>" in mail.html for n, mail in enumerate(mails))


def test_a_poisoned_mail_is_refused_alone(renderer):
    mails = renderer.render(
        [ordered(), ordered("broken"), ordered(), ordered("endless"), ordered("nowhere"), ordered(first_name="a\ud800b")]
    )
    assert [mail.reason.value if isinstance(mail, Refusal) else "" for mail in mails] == ["", "template", "", "limit", "no_template", ""]


def test_a_mail_that_takes_too_long_is_refused_alone_and_without_losing_the_child(renderer):
    child = renderer.process_id
    mails = renderer.render([ordered(), ordered("slow", list=[str(n) for n in range(3000)]), ordered()])
    assert [mail.reason if isinstance(mail, Refusal) else None for mail in mails] == [None, Reason.OUT_OF_TIME, None]
    assert renderer.process_id == child


def test_links_are_tokens_of_this_project_for_this_message(renderer):
    (mail,) = renderer.render([ordered(message=2**100 + 7)])
    assert isinstance(mail, Rendered)
    for purpose, link in ((Purpose.CLICK, 1), (Purpose.OPEN, 0), (Purpose.UNSUBSCRIBE, 0), (Purpose.WHY, 0)):
        text = mail.html.split(f'"https://mail.test/{purpose.value}/')[1].split('"')[0]
        assert read(SECRET, purpose, text) == Token(purpose, 2**100 + 7, link)


def test_without_consent_to_tracking_nothing_in_the_mail_is_personal_but_the_way_out(renderer):
    (mail,) = renderer.render([ordered(tracks=False)])
    assert isinstance(mail, Rendered)
    assert 'href="https://lumen.test/lamp"' in mail.html
    assert "/o/" not in mail.html
    assert "https://mail.test/u/" in mail.html


def test_a_transactional_mail_has_no_unsubscribe_link(renderer):
    (mail,) = renderer.render([ordered(is_marketing=False)])
    assert isinstance(mail, Rendered)
    assert "/u/" not in mail.html


def test_a_killed_child_is_replaced_and_the_batch_completed(renderer):
    renderer.render([ordered()])
    killed = renderer.process_id
    os.kill(killed, signal.SIGKILL)
    assert all(isinstance(mail, Rendered) for mail in renderer.render([ordered()] * 50))
    assert renderer.process_id != killed
    assert not is_alive(killed)


def test_a_stuck_child_is_replaced():
    impatient = Renderer(secret=SECRET, public_url="https://mail.test", silence=timedelta(seconds=1))
    impatient.start(TEMPLATES)
    os.kill(impatient.process_id, signal.SIGSTOP)
    try:
        assert all(isinstance(mail, Rendered) for mail in impatient.render([ordered(first_name="x" * 1000)] * 300))
    finally:
        impatient.close()


def test_the_mail_a_child_dies_of_twice_is_refused_and_its_neighbours_are_not():
    impatient = Renderer(secret=SECRET, public_url="https://mail.test", silence=timedelta(seconds=1))
    impatient.start(TEMPLATES)
    try:
        mails = impatient.render([ordered(), ordered("slow", list=[str(n) for n in range(3000)]), ordered()])
        assert [mail.reason if isinstance(mail, Refusal) else None for mail in mails] == [None, Reason.OUT_OF_TIME, None]
        assert "died of it twice" in mails[1].what
    finally:
        impatient.close()


def test_new_templates_are_used_from_the_next_batch_on():
    renderer = Renderer(secret=SECRET, public_url="https://mail.test")
    renderer.start({})
    try:
        assert isinstance(renderer.render([ordered()])[0], Refusal)
        renderer.start(TEMPLATES)
        assert isinstance(renderer.render([ordered()])[0], Rendered)
    finally:
        renderer.close()


@pytest.mark.parametrize("work", ["idle", "busy"])
def test_the_child_ends_when_its_parent_is_killed(work):
    parent_code = (
        "import time\nfrom tests.content.test_renderer_process import *\n"
        "renderer = Renderer(secret=SECRET, public_url='https://mail.test')\nrenderer.start(TEMPLATES)\nrenderer.render([ordered()])\n"
        "print(renderer.process_id, flush=True)\n"
        + ("time.sleep(60)" if work == "idle" else "while True: renderer.render([ordered()] * 500)")
    )
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(opportune.__file__).parents[1]), root])}
    parent = subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.stdout.close()
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert eventually(lambda: not is_alive(child))


def eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
