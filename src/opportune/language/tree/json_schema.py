"""The JSON form as a JSON Schema: what docs/language.schema.json holds.

Source: JSON Schema, draft 2020-12.
"""

import json

from opportune.language.tree.json_form import EXPRESSIONS, MOMENTS, Form, required
from opportune.language.vocabulary.kinds import Json


def schema() -> dict[str, Json]:
    """The schema of an expression or a moment."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Expressions and moments of Opportune",
        "anyOf": [{"$ref": "#/$defs/expression"}, {"$ref": "#/$defs/moment"}],
        "$defs": {
            "expression": {"anyOf": [{"$ref": f"#/$defs/expression_{word}"} for word in EXPRESSIONS]},
            "moment": {"anyOf": [{"$ref": f"#/$defs/moment_{word}"} for word in MOMENTS]},
            **{f"expression_{word}": _node(word, form) for word, form in EXPRESSIONS.items()},
            **{f"moment_{word}": _node(word, form) for word, form in MOMENTS.items()},
        },
    }


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _node(word: str, form: Form) -> Json:
    known: dict[str, Json] = {"is": {"const": word}, **{name: shape.schema for name, shape in form.fields.items()}}
    needed: list[Json] = ["is", *required(form)]
    said = (form.node.__doc__ or "").strip().split("\n", 1)[0]
    return {"description": said, "type": "object", "properties": known, "required": needed, "additionalProperties": False}
