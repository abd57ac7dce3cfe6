"""`identity:` of `opportune.yml` → `IdentityRules`."""

from dataclasses import replace

from opportune.adapters.project.form import Form, counted, text
from opportune.adapters.project.nodes import Node
from opportune.language.vocabulary.identity import BLOCKED, DEFAULT_RULES, IdentityRules

LIMITS = ("anonymous", "email", "phone")


def identity_of(node: Node, form: Form) -> IdentityRules:
    """The rules; values listed under `blocked` are blocked besides those that always are."""
    rules = DEFAULT_RULES
    for entry in form.map(node, "identity", ("blocked", "limits")).entries:
        if entry.key == "blocked":
            told = [form.value(part, "identity.blocked", text) for part in form.listing(entry.node, "identity.blocked")]
            more = (each.strip().lower() for each in told if each is not None)
            rules = replace(rules, blocked=tuple(dict.fromkeys((*BLOCKED, *more))))
            continue
        for limit in form.map(entry.node, "identity.limits", LIMITS).entries:
            number = form.value(limit.node, f"identity.limits.{limit.key}", counted)
            held = {"anonymous": rules.anonymous, "email": rules.email, "phone": rules.phone}
            held |= {} if number is None else {limit.key: number}
            rules = IdentityRules(blocked=rules.blocked, **held)
    return rules
