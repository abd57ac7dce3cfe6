"""A small project on disk, for tests of what is said about it."""

from pathlib import Path

from opportune.adapters.project.project import Project, read_project

SETTINGS = "shop: {name: Lamps, currency: EUR}\n"


def written(folder: Path, files: dict[str, str]) -> Path:
    """`files` (path → text) in `folder`, with a settings file unless one is given."""
    for name, text in {"opportune.yml": SETTINGS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def project(folder: Path, **files: str) -> Project:
    """The project of `a=...` meaning `a.yml`."""
    return read_project(written(folder, {f"{name}.yml": text for name, text in files.items()}))


def said(folder: Path, **files: str) -> list[str]:
    """Every Problem of such a project, as people see it."""
    return [str(problem) for problem in project(folder, **files).problems]
