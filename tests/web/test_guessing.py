"""Guesses are counted for an account, a place and both."""

from opportune.web.guessing import PER_ADDRESS, PER_PAIR, PER_PLACE, WINDOW, Guesses


def test_five_wrong_guesses_at_one_account_from_one_place_are_enough() -> None:
    guesses = Guesses()
    for _ in range(PER_PAIR):
        assert guesses.may_try("ann", "1.2.3.4", 0.0)
        guesses.failed("ann", "1.2.3.4", 0.0)
    assert not guesses.may_try("ann", "1.2.3.4", WINDOW - 1)
    assert guesses.may_try("ann", "1.2.3.4", WINDOW)


def test_the_account_stays_open_from_elsewhere_so_that_nobody_can_lock_an_operator_out_alone() -> None:
    guesses = Guesses()
    for _ in range(PER_PAIR):
        guesses.failed("ann", "1.2.3.4", 0.0)
    assert guesses.may_try("ann", "5.6.7.8", 0.0)


def test_one_place_may_not_go_through_many_accounts() -> None:
    guesses = Guesses()
    for n in range(PER_PLACE):
        guesses.failed(f"operator-{n}", "1.2.3.4", 0.0)
    assert not guesses.may_try("ann", "1.2.3.4", 1.0)


def test_many_places_may_not_go_at_one_account() -> None:
    guesses = Guesses()
    for n in range(PER_ADDRESS):
        guesses.failed("ann", f"place-{n}", 0.0)
    assert not guesses.may_try("ann", "another", 1.0)


def test_what_is_remembered_does_not_grow_without_end() -> None:
    guesses = Guesses()
    for n in range(20_000):
        guesses.failed(f"operator-{n}", f"place-{n}", 0.0)
    assert len(guesses._failed) <= 10_000
