"""Whatever a page sends, each call is stored, refused or withheld, once, and what is stored says nothing only a server may say."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collector.edge import BASIC, KEY, Edge
from tests.collector.test_fuzz import calls, good_calls, values

from opportune.adapters.places import Place
from opportune.collector.consent import ConsentRules
from opportune.collector.scopes import OF_SERVERS
from opportune.collector.sources import Source, hash_of, keyring
from opportune.collector.threshold import Threshold

consents = st.fixed_dictionaries(
    {},
    optional={
        "gpc": st.booleans(),
        "categoryPreferences": st.dictionaries(st.sampled_from(["tracking", "ads"]), st.booleans()),
        "x": values,
    },
)
contexts = st.fixed_dictionaries(
    {}, optional={"consent": consents | values, "ip": values, "location": values, "click": values, "linked_by": values}
)
names = st.sampled_from([*sorted(OF_SERVERS), "Cart Viewed", "Consent Given", "Consent Withdrawn"])
ids = st.sampled_from(["u", "", " ", "email:a@b.example", "PHONE:1"]) | st.integers()
of_pages = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "alias", "page"])},
    optional={
        "event": names,
        "userId": ids,
        "anonymousId": ids,
        "previousId": ids,
        "context": contexts | values,
        "properties": values,
        "traits": st.dictionaries(st.sampled_from(["email", "Phone", "plan"]), values, max_size=2),
    },
)


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    edge = Edge(
        tmp_path_factory.mktemp("pages"),
        client=("203.0.113.7", 1),
        sources=keyring({hash_of(KEY): Source(name="site", is_browser=True)}),
        threshold=Threshold(place_of=lambda _: Place(country="DE", region=None, source="t"), rules=ConsentRules(opt_in=frozenset({"DE"}))),
    )
    yield edge
    edge.close()


def counted(edge):
    counters = edge.collector.counters
    return counters.accepted, counters.refused.total(), counters.withheld.total()


@settings(max_examples=200)
@given(batch=st.lists(of_pages | good_calls | calls, max_size=6), has_gpc=st.booleans())
def test_every_call_of_a_page_is_stored_refused_or_withheld_once(edge, batch, has_gpc):
    before = counted(edge)
    headers = [BASIC, ("content-type", "text/plain"), *([("sec-gpc", "1")] if has_gpc else [])]
    reply = edge.post("/v1/batch", json.dumps({"batch": batch}).encode(), headers=headers)
    assert reply.status in (200, 400)
    accepted, refused, withheld = (after - earlier for after, earlier in zip(counted(edge), before, strict=True))
    if reply.status == 400 and reply.json["error"]["index"] is None:
        assert (accepted, refused, withheld) == (0, 1, 0), "a body that cannot be taken apart is refused as one"
        return
    assert accepted + refused + withheld == len(batch)
    assert (reply.json.get("accepted", accepted), reply.json.get("refused", 0)) == (accepted, refused)
    sealed = edge.log.seal()
    lines = [json.loads(line) for segment in sealed.segments for line in segment.read_bytes().splitlines()]
    edge.log.release(sealed.segments)
    theirs = [line for line in lines if line["messageId"].startswith(("site:", "made-"))]
    assert len(theirs) == accepted
    for line in lines:
        context = line.get("context") or {}
        assert (context["location"], "ip" in context, "linked_by" in context, "click" in context) == (
            {"country": "DE"},
            False,
            False,
            False,
        )
        assert line.get("event") not in OF_SERVERS
        assert not any(
            str(line.get(name) or "").lower().startswith(("email:", "phone:")) for name in ("userId", "anonymousId", "previousId")
        )
        assert "userId" not in line or not {"email", "Phone"} & set(line.get("traits") or {})
