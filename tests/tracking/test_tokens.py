"""Tracking tokens: ours are read, nobody else's are."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.stages.tracking.tokens import Purpose, Token, mint, read

SECRET = bytes(range(32))
TOKENS = st.builds(Token, st.sampled_from(Purpose), st.integers(0, 2**128 - 1), st.integers(0, 2**16 - 1))
URL_SAFE = string.ascii_letters + string.digits + "-_"


@given(TOKENS)
def test_a_token_is_read_back_as_what_it_was_made_of(token):
    assert read(SECRET, token.purpose, mint(SECRET, token)) == token


def test_a_token_is_short_and_url_safe():
    text = mint(SECRET, Token(Purpose.CLICK, 1_000_000, 3))
    assert len(text) <= 24
    assert set(text) <= set(URL_SAFE)


@given(TOKENS, st.sampled_from(Purpose))
def test_a_token_serves_one_purpose_only(token, purpose):
    assert (read(SECRET, purpose, mint(SECRET, token)) is None) == (purpose is not token.purpose)


@given(TOKENS, st.binary(min_size=32, max_size=32).filter(lambda other: other != SECRET))
def test_another_projects_secret_makes_nothing_we_read(token, other):
    assert read(SECRET, token.purpose, mint(other, token)) is None


@given(TOKENS, st.data())
def test_any_single_changed_character_is_a_forgery(token, data):
    text = mint(SECRET, token)
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.sampled_from([c for c in URL_SAFE + "=+/ " if c != text[place]]))
    assert read(SECRET, token.purpose, text[:place] + character + text[place + 1 :]) is None


@given(TOKENS, st.sampled_from(["=", "==", "\n", " ", "A", "%00", "é"]))
def test_nothing_may_follow_or_precede_a_token(token, extra):
    text = mint(SECRET, token)
    assert read(SECRET, token.purpose, text + extra) is None
    assert read(SECRET, token.purpose, extra + text) is None


@given(st.sampled_from(Purpose), st.text(alphabet=URL_SAFE, max_size=100) | st.text(max_size=60))
def test_no_guess_is_ever_a_token(purpose, guess):
    assert read(SECRET, purpose, guess) is None


def test_neighbouring_messages_have_tokens_that_say_nothing_of_each_other():
    ends = [mint(SECRET, Token(Purpose.UNSUBSCRIBE, message))[-16:] for message in range(1000)]
    assert len(set(ends)) == 1000
    stitched = mint(SECRET, Token(Purpose.UNSUBSCRIBE, 41))[:-16] + ends[42]
    assert read(SECRET, Purpose.UNSUBSCRIBE, stitched) is None


@pytest.mark.parametrize("message, link", [(-1, 0), (2**128, 0), (1, 2**16)])
def test_a_token_that_cannot_be_written_cannot_be_made(message, link):
    with pytest.raises(ValueError, match="no token can name"):
        Token(Purpose.CLICK, message, link)
