"""Building canonical trees: `and` and `or` flattened, so that equal meaning has one form."""

from collections.abc import Iterable

from opportune.language.tree.expressions import All, Any, Expr


def all_of(parts: Iterable[Expr]) -> Expr:
    """The conjunction of one or more parts, flattened."""
    flat = [leaf for part in parts for leaf in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(parts: Iterable[Expr]) -> Expr:
    """The disjunction of one or more parts, flattened."""
    flat = [leaf for part in parts for leaf in (part.parts if isinstance(part, Any) else (part,))]
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def both(left: Expr | None, right: Expr | None) -> Expr | None:
    """The conjunction of two conditions either of which may be absent."""
    if left is None or right is None:
        return left if right is None else right
    return all_of((left, right))


def either(left: Expr | None, right: Expr | None) -> Expr | None:
    """The disjunction of two conditions either of which may be absent."""
    if left is None or right is None:
        return left if right is None else right
    return any_of((left, right))
