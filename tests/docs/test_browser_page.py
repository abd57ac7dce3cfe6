"""docs/browser.md: its attributes, calls, events and numbers are those of the script's sources."""

import re

from tests.docs.pages import ROOT, page, section, tables

from opportune.language.vocabulary.events import EVENTS

PAGE = "docs/browser.md"
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "browser" / "src").glob("*.js")}
ALL = "\n".join(SOURCES.values())


def dashed(name: str) -> str:
    """`optIn` → `opt-in`, as `dataset` has it."""
    return re.sub(r"[A-Z]", lambda capital: f"-{capital[0].lower()}", name)


def attributes_told() -> list[set[str]]:
    """The attributes of each table under "Attributes": those of the tag, those of elements."""
    found = []
    for table in tables(section(PAGE, "Attributes")):
        cells = " ".join(row[0] for row in table[1:])
        found.append({name.removesuffix("-") for name in re.findall(r"`data-([a-z-]+)", cells)})
    return found


def test_the_attributes_of_the_tag_are_those_the_script_reads() -> None:
    read = {dashed(name) for name in re.findall(r"\bsetting\.(\w+)", ALL)}
    assert attributes_told()[0] == read


def test_the_attributes_of_elements_are_those_the_script_reads() -> None:
    read = set(re.findall(r"data-(opportune-[a-z]+)\b", re.sub(r"^\s*//.*|/\*\*.*?\*/", "", ALL, flags=re.MULTILINE)))
    read |= {f"opportune-{name}" for name in re.findall(r"find\(\"(\w+)\"\)", ALL)} | {"opportune-name"}
    assert attributes_told()[1] == read - {"opportune-"}
    assert "data-opportune-properties" in section(PAGE, "Attributes") and "opportuneProperties" in ALL


def test_the_calls_are_those_of_the_script() -> None:
    api = SOURCES["opportune.js"].split("const api = {")[1].split("\n};")[0]
    made = set(re.findall(r"^  (\w+)", api, re.MULTILINE))
    assert {name for row in next(tables(section(PAGE, "Calls")))[1:] for name in re.findall(r"`opportune\.(\w+)", row[0])} == made - {
        "push"
    }
    assert "opportune.push" in section(PAGE, "Calls")


def test_the_events_are_known_ones_and_all_that_the_script_names() -> None:
    told = {name for row in next(tables(section(PAGE, "What is told")))[1:] for name in re.findall(r"`([A-Z][\w ]+)`", row[0])}
    assert told <= set(EVENTS)
    assert {name for name in EVENTS if f'"{name}"' in ALL} <= told


def test_what_is_heard_of_a_data_layer_is_what_the_script_hears() -> None:
    heard = SOURCES["data_layer.js"].split("const EVENTS = {")[1].split("\n};")[0]
    names = {*re.findall(r"^  (\w+)[:(]", heard, re.MULTILINE), *re.findall(r"EVENTS\.(\w+) =", SOURCES["data_layer.js"])}
    said = page(PAGE).split("Of `dataLayer`, GA4's")[1].split("are heard")[0]
    assert set(re.findall(r"`(\w+)`", said)) == names


def test_the_numbers_and_click_ids_are_those_of_the_script() -> None:
    text = page(PAGE)
    for said, written, name in [
        ("25 s after the last", "IDLE = 25e3", "dwell.js"),
        ("hidden for five minutes", "AWAY = 3e5", "dwell.js"),
        ("500 calls wait at most", "MOST_CALLS = 500", "queue.js"),
        ("bodies under 60 KB", "LARGEST_BODY = 6e4", "queue.js"),
        ("up to about a minute", "LONGEST_PAUSE = 64", "queue.js"),
        ("for a year", "YEAR = 31536e3", "memory.js"),
        ("cookie `opportune`", 'NAME = "opportune"', "memory.js"),
        ("`opp_c`", 'LINKED = "opp_c"', "page.js"),
        ("tell within a second", "AGAIN = 1e3", "acts.js"),
    ]:
        assert said in text.replace("\n", " ") and written in SOURCES[name], said
    (ids,) = re.findall(r"CLICK_IDS = /\^\(([\w|]+)\)", SOURCES["page.js"])
    assert f"`{ids.replace('|', ' ')}`" in text
    assert "at most 100 calls" in page("docs/adr/0031-nothing-is-sent-before-a-choice.md").replace("\n", " ") and "MOST_HELD = 100" in ALL


def test_the_mapping_of_consent_is_that_of_the_script_and_of_the_collector() -> None:
    from opportune.collector.consent_signals import GCM_STORAGES, TCF_PURPOSES

    rows = {row[0]: row[1:] for row in next(t for t in tables(section(PAGE, "Consent")) if t[0][0] == "signal")[1:]}
    for place, purpose in enumerate(("tracking", "profiling", "ads")):
        assert set(re.findall(r"`(\w+)`", rows["consent mode"][place])) == {name for name, of in GCM_STORAGES.items() if of == purpose}
        numbers = tuple(map(int, rows["TCF purposes"][place].split(", ")))
        assert numbers == TCF_PURPOSES[purpose]
        assert f"{purpose}: {list(numbers)}" in SOURCES["signals.js"]
        (pattern,) = re.findall(rf"MODES = .*\b{purpose}: /\^(\w+)/", SOURCES["signals.js"])
        assert {name for name in GCM_STORAGES if name.startswith(pattern)} == {name for name, of in GCM_STORAGES.items() if of == purpose}
