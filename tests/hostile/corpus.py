"""What nobody should send and somebody does: calls as bytes, each with what becomes of it at the collector's door."""

from dataclasses import dataclass

GOOD = b'{"type":"track","event":"Cart Viewed","userId":"u1"}'
ACCEPTED, REFUSED = "accepted", "refused"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One call, or what stands in its place."""

    raw: bytes
    over_http: str
    """ACCEPTED, or REFUSED with a reason."""
    from_file: str = ""
    """Where it differs: what an import does with the same line. An import sets aside what the collector refuses."""


def noted(value: bytes) -> bytes:
    """A call one of whose properties is `value`."""
    return GOOD[:-1] + b',"properties":{"note":' + value + b"}}"


def beside(value: bytes) -> bytes:
    """A call with a field that nobody reads."""
    return GOOD[:-1] + b',"nobody_reads_this":' + value + b"}"


def at(time: str) -> bytes:
    """A call of that time."""
    return GOOD[:-1] + b',"timestamp":"' + time.encode() + b'"}'


TOWER, DIGITS = b"[" * 3_000 + b"]" * 3_000, b"9" * 100_000
BROKEN_TEXT = b'"\xff\xfe"'
CORPUS = {
    "bytes that are no UTF-8": Hostile(noted(BROKEN_TEXT), REFUSED),
    "half a character": Hostile(noted(b'"\xc3"'), REFUSED),
    "an overlong slash": Hostile(noted(b'"\xc0\xaf"'), REFUSED),
    "a surrogate in UTF-8": Hostile(noted(b'"\xed\xa0\x80"'), REFUSED),
    "half a pair": Hostile(noted(b'"\\ud800"'), REFUSED),
    "a pair the wrong way round": Hostile(noted(b'"\\udc00\\ud800"'), REFUSED),
    "half a pair in a name": Hostile(noted(b'{"\\ud800":1}'), REFUSED),
    "a zero": Hostile(noted(b'"a\\u0000b"'), REFUSED),
    "a zero in a name": Hostile(noted(b'{"a\\u0000b":1}'), REFUSED),
    "a zero as it is": Hostile(noted(b'"a\x00b"'), REFUSED),
    "a tower of 3,000": Hostile(noted(TOWER), REFUSED),
    "NaN": Hostile(noted(b"NaN"), REFUSED),
    "Infinity": Hostile(noted(b"-Infinity"), REFUSED),
    "a number of 100,000 digits": Hostile(noted(DIGITS), REFUSED),
    "a number of 400 digits": Hostile(noted(b"9" * 400), REFUSED),
    "a number beyond floating point": Hostile(noted(b"1e999"), REFUSED),
    "a number nearly nothing": Hostile(noted(b"1e-999"), ACCEPTED),
    "minus nothing": Hostile(noted(b"-0.0"), ACCEPTED),
    "a number with a zero before it": Hostile(noted(b"012"), REFUSED),
    "the same name twice": Hostile(noted(b'{"a":1,"a":2}'), ACCEPTED),
    "two customers": Hostile(b'{"userId":"u2",' + GOOD[1:], ACCEPTED),
    "a comma too many": Hostile(GOOD[:-1] + b",}", REFUSED),
    "a comment": Hostile(GOOD[:-1] + b"/* */}", REFUSED),
    "single quotes": Hostile(GOOD.replace(b'"', b"'"), REFUSED),
    "nothing but text": Hostile(b'"track"', REFUSED),
    "null": Hostile(b"null", REFUSED),
    "a list": Hostile(b"[]", REFUSED),
    "an empty object": Hostile(b"{}", REFUSED),
    "the year 0": Hostile(at("0000-01-01T00:00:00Z"), REFUSED),
    "the year 1": Hostile(at("0001-01-01T00:00:00Z"), REFUSED),
    "the year 9999": Hostile(at("9999-12-31T23:59:59Z"), REFUSED),
    "the year 10000": Hostile(at("10000-01-01T00:00:00Z"), REFUSED),
    "a year before the first": Hostile(at("-0044-03-15T12:00:00Z"), REFUSED),
    "the edge of time, and over it by its zone": Hostile(at("9999-12-31T23:59:59-23:59"), REFUSED),
    "a leap second": Hostile(at("2016-12-31T23:59:60Z"), REFUSED),
    "the 30th of February": Hostile(at("2026-02-30T00:00:00Z"), REFUSED),
    "no time": Hostile(at("yesterday"), REFUSED),
    "tomorrow": Hostile(at("2026-03-02T12:00:00Z"), ACCEPTED),
    "a field nobody reads that is no UTF-8": Hostile(beside(BROKEN_TEXT), ACCEPTED),
    "a field nobody reads that is a tower": Hostile(beside(TOWER), REFUSED),
    "a field nobody reads that is NaN": Hostile(beside(b"NaN"), REFUSED),
    "a field nobody reads that is half a pair": Hostile(beside(b'"\\ud800"'), REFUSED),
    "a blank id": Hostile(GOOD.replace(b'"u1"', b'" "'), REFUSED),
    "an id of control characters": Hostile(GOOD.replace(b'"u1"', b'"\\u0007"'), REFUSED),
    "an id of 10,000 letters": Hostile(GOOD.replace(b"u1", b"u" * 10_000), REFUSED),
    "a name of an object": Hostile(GOOD.replace(b'"Cart Viewed"', b'{"a":1}'), REFUSED),
    "text that turns around": Hostile(noted('"\u202egnp.exe"'.encode()), ACCEPTED),
    "a script": Hostile(noted(b'"<script>alert(1)</script>\'; DROP TABLE events; --"'), ACCEPTED),
    "a template": Hostile(noted(b'"{{ customer }}{% for %}${7*7}%s%n"'), ACCEPTED),
}
