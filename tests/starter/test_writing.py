"""What `opportune init` writes is a sound project."""

from pathlib import Path

import pytest

from opportune import starter
from opportune.adapters.project.project import read_project
from opportune.language.tree.journeys import MessageKind
from opportune.stages.content.template_source import read_template

JOURNEYS = (
    *("checkout-abandonment", "cart-abandonment", "click-no-conversion", "pricing-focus", "product-abandonment", "search-abandonment"),
    *("open-no-click", "back-in-stock", "price-drop", "welcome", "onboarding", "post-purchase", "nps", "replenishment", "upsell"),
    *("churn-prevention", "reactivation", "win-back", "sunset", "double-opt-in"),
)
"""Their names are promised: scripts rely on them."""


def test_a_new_project_has_no_problem_and_no_warning(tmp_path: Path) -> None:
    starter.write(tmp_path / "shop", "EUR")
    project = read_project(tmp_path / "shop")
    assert project.problems == ()
    assert project.settings.shop.currency == "EUR"
    assert sorted(project.definitions.journeys) == sorted(JOURNEYS)
    marketing = [journey for journey in project.definitions.journeys.values() if journey.kind is MessageKind.MARKETING]
    assert len(marketing) == len(JOURNEYS) - 1
    assert all(journey.holdout == 0.1 for journey in marketing)


def test_its_templates_are_sound_and_carry_every_link_the_law_wants(tmp_path: Path) -> None:
    starter.write(tmp_path)
    for source in read_project(tmp_path).templates.values():
        template, problems = read_template(
            source.name, source.markup, source.place, text=source.text, text_place=source.text_place, pieces=source.pieces
        )
        assert problems == []
        assert template is not None


def test_every_file_written_is_named(tmp_path: Path) -> None:
    written = starter.write(tmp_path)
    assert written == sorted(path for path in tmp_path.rglob("*") if path.is_file())


def test_nothing_is_overwritten_and_nothing_written_beside_it(tmp_path: Path) -> None:
    (tmp_path / "opportune.yml").write_text("mine")
    with pytest.raises(FileExistsError, match=r"opportune.yml is already there, so nothing was written; choose an empty folder"):
        starter.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["opportune.yml"]


def test_a_currency_is_three_capitals(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'euro' is no currency code; write three capitals, such as USD"):
        starter.write(tmp_path / "shop", "euro")
    assert not (tmp_path / "shop").exists()
