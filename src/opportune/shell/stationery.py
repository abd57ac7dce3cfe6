"""The templates of every version somebody may still get mail from, compiled."""

from opportune.shell.sender import template_key
from opportune.shell.workspace import Workspace
from opportune.stages.content.template import Template
from opportune.stages.content.template_source import read_template


def templates_in_use(workspace: Workspace) -> dict[str, Template]:
    """`template_key` → template, of the versions that run or that somebody is still in. Broken ones are missing and refuse their mails."""
    versions = {each.version for each in workspace.registry.running()}
    versions |= {version for _, version in workspace.journeys.versions_in_use()}
    versions |= workspace.outbox.versions_waiting()
    found: dict[str, Template] = {}
    for version in sorted(versions):
        for name, source in workspace.project_of(version).templates.items():
            template, _ = read_template(
                name, source.markup, source.place, text=source.text, text_place=source.text_place, pieces=source.pieces
            )
            if template is not None:
                found[template_key(version, name)] = template
    return found
