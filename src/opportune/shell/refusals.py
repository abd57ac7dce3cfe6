"""What a caller is refused, in words for people. Apart from `faults`, so that whoever refuses waits for no store and no engine."""


class Unusable(Exception):
    """What the caller gave cannot be used; the text says what and the remedy."""


class Misused(Unusable):
    """The words of the call cannot be meant: a time that is none, a name nobody defined."""
