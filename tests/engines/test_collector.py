"""Setting aside what was there before, so that the collector does not stop answers to look through it."""

import gc

import pytest

from workbench.engines import undisturbed


def test_what_was_there_is_set_aside_and_given_back() -> None:
    assert not gc.get_freeze_count()
    frozen = 0

    def fail() -> None:
        nonlocal frozen
        with undisturbed():
            frozen = gc.get_freeze_count()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert frozen
    assert not gc.get_freeze_count()


def test_two_at_once_do_not_get_in_each_others_way() -> None:
    first, second = undisturbed(), undisturbed()
    with first:
        with second:
            pass
        assert gc.get_freeze_count()
    assert not gc.get_freeze_count()


def test_garbage_made_meanwhile_is_collected() -> None:
    class Ring:
        gone = 0

        def __init__(self) -> None:
            self.ring = self

        def __del__(self) -> None:
            Ring.gone += 1

    with undisturbed():
        Ring()
        gc.collect()
        assert Ring.gone == 1
