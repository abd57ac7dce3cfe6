"""What the files define, each with the lines it is written in."""

from opportune.adapters.project.listing import listed


def test_every_definition_has_its_own_lines_without_the_comments_of_the_next() -> None:
    text = "metrics:\n  # how many\n  orders: count(order)\n\n  # how much\n  spent:\n    sum(order,\n        total)\n"
    text += "segments: {vip: metric.orders > 3, new: metric.orders == 1}\n"
    assert listed({"a.yml": text}) == {
        ("metric", "orders"): "orders: count(order)",
        ("metric", "spent"): "spent:\n  sum(order,\n      total)",
        ("segment", "vip"): "segments: {vip: metric.orders > 3, new: metric.orders == 1}",
        ("segment", "new"): "segments: {vip: metric.orders > 3, new: metric.orders == 1}",
    }


def test_a_file_of_one_journey_is_listed_whole_and_templates_and_tables_by_their_paths() -> None:
    files = {"journeys/cart.yml": "journey: cart\nwhen: x\n", "templates/cart.mjml": "<mjml/>", "tables/a.csv": "a,b\n"}
    assert set(listed(files)) == {("journey", "cart"), ("template", "cart.mjml"), ("file", "tables/a.csv")}


def test_keys_of_the_settings_are_listed_one_by_one() -> None:
    found = listed({"opportune.yml": "shop: {name: Lamps}\n# caps\ncaps:\n  gap: 16h\nsettings: {wait: 2h}\n"})
    assert found == {
        ("opportune.yml", "shop"): "shop: {name: Lamps}",
        ("opportune.yml", "caps"): "caps:\n  gap: 16h",
        ("setting", "wait"): "settings: {wait: 2h}",
    }


def test_an_event_declared_in_two_files_is_listed_once_with_both() -> None:
    assert listed({"a.yml": "events: {Lamp Rubbed: {wishes: number}}", "b.yml": "events:\n  Lamp Rubbed: {genie: text}"}) == {
        ("event", "Lamp Rubbed"): "events: {Lamp Rubbed: {wishes: number}}\nLamp Rubbed: {genie: text}"
    }


def test_what_is_no_yaml_map_is_listed_whole() -> None:
    assert listed({"a.yml": "[1, 2", "b.yml": "- x", "c.yml": "", "templates/x.html": ""}) == {
        ("file", "a.yml"): "[1, 2",
        ("file", "b.yml"): "- x",
        ("file", "c.yml"): "",
        ("template", "x.html"): "",
    }
