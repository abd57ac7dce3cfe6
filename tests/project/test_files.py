"""Which files of a folder are read, and which are refused."""

from pathlib import Path

from tests.project.shop import SETTINGS, said, written

from opportune.adapters.project.files import read_files
from opportune.adapters.project.project import read_project


def told(folder: Path) -> list[str]:
    return [str(problem) for problem in read_project(folder, with_templates=False).problems]


def test_definitions_at_any_depth_and_templates_are_read(tmp_path: Path) -> None:
    written(tmp_path, {"deep/er/a.yml": "metrics: {}\n", "templates/a.mjml": "x", "templates/a.txt": "y", "templates/a.png": "z"})
    assert set(read_project(tmp_path).files) == {"opportune.yml", "deep/er/a.yml", "templates/a.mjml", "templates/a.txt"}


def test_the_data_folder_and_hidden_names_are_left_alone(tmp_path: Path) -> None:
    settings = SETTINGS + "data: store\n"
    written(tmp_path, {"opportune.yml": settings, "store/a.yml": "x", ".git/a.yml": "x", ".b.yml": "x", "notes.md": "x"})
    project = read_project(tmp_path)
    assert project.problems == ()
    assert set(project.files) == {"opportune.yml"}


def test_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("metrics: {x: 1}\n")
    shop = written(tmp_path / "shop", {})
    (shop / "a.yml").symlink_to(tmp_path / "secret.yml")
    (shop / "b.yml").symlink_to(shop / "b.yml")
    found = told(shop)
    assert found[0] == "a.yml: this link leads out of the project [E127]\n  Put the file itself here."
    assert found[1].startswith("b.yml: this file cannot be read: ")


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", {})
    shop = written(tmp_path / "shop", {})
    (shop / "more").symlink_to(outside)
    assert told(shop) == ["more: a link to a folder is not followed [E127]\n  Put the files here."]


def test_a_file_that_is_no_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    written(tmp_path, {})
    (tmp_path / "a.yml").write_bytes(b"metrics:\n  x: 1 # \xff\n")
    (tmp_path / "b.yml").write_text("metrics: {}", encoding="utf-16")
    assert told(tmp_path) == [
        "a.yml:2: this file is no UTF-8 [E127]\n  Save it as UTF-8.",
        "b.yml:1: this file is no UTF-8 [E127]\n  Save it as UTF-8.",
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    written(tmp_path, {})
    (tmp_path / "a.yml").write_bytes(b'\xef\xbb\xbfmetrics:\r\n  x: |\r\n    count("Page Viewed",\r\n      within="7d")\r\n')
    assert told(tmp_path) == []


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    assert said(tmp_path, a="#" * 1_000_001) == ["a.yml: this file is larger than 1,000,000 bytes [E127]"]


def test_a_folder_without_settings_says_how_to_begin(tmp_path: Path) -> None:
    assert told(tmp_path) == ["opportune.yml: this project has no opportune.yml [E124]\n  Begin with opportune init DIR."]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert told(tmp_path / "nowhere")[0].endswith("this folder does not exist [E127]\n  opportune init DIR")


def test_a_file_named_yaml_is_not_silently_ignored(tmp_path: Path) -> None:
    written(tmp_path, {"a.yaml": "metrics: {}\n"})
    assert told(tmp_path) == ["a.yaml: warning: this file is not read [E127]\n  Name it .yml."]


def test_a_text_part_without_its_template_and_a_template_written_twice_are_problems(tmp_path: Path) -> None:
    written(tmp_path, {"templates/a.txt": "x", "templates/b.mjml": "x", "templates/b.html": "x"})
    assert told(tmp_path) == [
        "templates/a.txt: this is the text part of a template that is not there: templates/a.mjml [E131]\n  Write it, or remove this file.",
        "templates/b.mjml: template 'b' is written twice [E128]\n  Keep this or templates/b.html:1.",
    ]


def test_the_hash_covers_names_and_texts(tmp_path: Path) -> None:
    one = read_files(written(tmp_path / "1", {"a.yml": "x"}), ".opportune")
    two = read_files(written(tmp_path / "2", {"b.yml": "x"}), ".opportune")
    assert one.hash != two.hash


def test_what_is_wrong_inside_a_template_is_a_problem_of_the_project(tmp_path: Path) -> None:
    written(tmp_path, {"templates/a.mjml": "---\nsubject: Hi\n---\n<mjml><mj-body>{{ custmer.name }} {% if %}</mj-body></mjml>\n"})
    assert any(problem.place.file == "templates/a.mjml" for problem in read_project(tmp_path).problems)
