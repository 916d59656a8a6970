"""A second process makes things while this one uses them."""

import os
import time
from collections.abc import Iterator

import pytest

from patency.doors.cli.second_process import made_elsewhere


def test_what_is_made_elsewhere_comes_in_its_order() -> None:
    here = os.getpid()

    with made_elsewhere(lambda: ((n, os.getpid()) for n in range(50))) as ready:
        found = list(ready)

    assert [number for number, _ in found] == list(range(50))
    assert {process for _, process in found}.isdisjoint({here})


def test_what_goes_wrong_elsewhere_is_raised_here_after_what_was_made() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise LookupError("no place is left")

    with made_elsewhere(make) as ready:
        assert next(ready) == 1
        with pytest.raises(LookupError, match="no place is left"):
            next(ready)


def test_a_process_that_is_killed_is_no_end_of_the_work() -> None:
    def make() -> Iterator[int]:
        yield 1
        os._exit(9)

    with made_elsewhere(make) as ready, pytest.raises(RuntimeError, match="ended before its work"):
        list(ready)


def test_whoever_stops_waiting_ends_the_other_process() -> None:
    def make() -> Iterator[int]:
        yield os.getpid()
        time.sleep(600)

    with made_elsewhere(make) as ready:
        process = next(ready)

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
