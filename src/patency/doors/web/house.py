"""The house the pages stand in, handed over once when the program starts."""

from collections.abc import Callable

from patency.service.house import House

_provided: list[Callable[[], House]] = []


class NoHouse(RuntimeError):
    """The pages were asked for before anybody handed them the house."""


def provide(house: Callable[[], House]) -> None:
    """Hand the house over; it is built when a page first needs it. The last one counts."""
    _provided[:] = [house]


def the_house() -> House:
    """Return the house the pages stand in. Raises ``NoHouse``."""
    if not _provided:
        raise NoHouse(
            "No house was handed to the pages: patency.config.urls does it with provide(house). "
            "Name patency.config.urls as ROOT_URLCONF."
        )
    return _provided[0]()
