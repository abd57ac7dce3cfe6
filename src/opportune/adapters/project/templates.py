"""`templates/`: a source for each template, and every Problem in them. What compiles is imported only where there is something to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.files import TEMPLATES, Files
from opportune.adapters.project.nodes import Scalar
from opportune.adapters.project.settings import Settings
from opportune.language.vocabulary.problems import Place, Problem

_DASHED = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSource:
    """What was written for one template: MJML or HTML (`markup`) and perhaps a text part, each with its file."""

    name: str
    markup: str
    place: Place
    text: str | None = None
    text_place: Place | None = None
    pieces: Mapping[str, str] = field(default_factory=dict)
    """Path → text of every `templates/_NAME`: layouts and blocks it may be made of."""


def read_templates(files: Files, desk: Desk) -> dict[str, TemplateSource]:
    """The templates by name; names that cannot be and parts that lack the other are Problems."""
    found: dict[str, TemplateSource] = {}
    pieces = {path: text for path, text in files.templates.items() if Path(path).name.startswith("_")}
    texts = {Path(path).stem: path for path in files.templates if path.endswith(".txt") and path not in pieces}
    for path, markup in sorted(files.templates.items()):
        name = Path(path).stem
        if path.endswith(".txt") or path in pieces:
            continue
        if not _DASHED.fullmatch(name):
            remedy = "Names are small letters, digits, _ or -, beginning with a letter."
            what = f"'{name}' cannot be the name of a template"
            desk.form.problems.append(Problem(code="E126", place=Place(path), what=what, remedy=remedy))
        elif name in found:
            what = f"template '{name}' is written twice"
            desk.form.problems.append(Problem(code="E128", place=Place(path), what=what, remedy=f"Keep this or {found[name].place}."))
        else:
            text = texts.get(name)
            beside = (files.templates[text], Place(text, 1)) if text else (None, None)
            found[name] = TemplateSource(
                name=name, markup=markup, place=Place(path, 1), text=beside[0], text_place=beside[1], pieces=pieces
            )
    for name in sorted(texts.keys() - found.keys()):
        what = f"this is the text part of a template that is not there: {TEMPLATES}/{name}.mjml"
        desk.form.problems.append(Problem(code="E131", place=Place(texts[name]), what=what, remedy="Write it, or remove this file."))
    return found


def check_templates(sources: Mapping[str, TemplateSource], settings: Settings, desk: Desk) -> None:
    """What is wrong inside the templates, what they read that does not exist, and what good mail does not do."""
    if not sources:
        return
    from opportune.stages.content.lint import Linted, lint
    from opportune.stages.content.template_source import read_template
    from opportune.stages.content.variables import expression_of

    sound: list[Linted] = []
    for source in sources.values():
        template, problems = read_template(
            source.name,
            source.markup,
            source.place,
            text=source.text,
            text_place=source.text_place,
            pieces=source.pieces,
            offers=settings.offers,
        )
        desk.form.problems += problems
        if template is None:
            continue
        sound.append(Linted(template, source.markup, source.place, source.text or "", source.text_place, source.pieces))
        for path, place in template.reads.items():
            text = expression_of(path)
            desk.value(Scalar(text, text, place, text, 0), f"what template '{source.name}' reads")
    desk.form.problems += lint(sound)
