"""The house a worker works for; jobs are found by their name, so it cannot be handed to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from patency.core.access import Actor, Role
from patency.service.house import House

NAME = "worker"

_HOUSE: ContextVar[House] = ContextVar("house")


class NobodyAtWork(Exception):
    """A job was run outside a worker."""


@contextmanager
def working_for(house: House) -> Iterator[None]:
    """Let jobs find this house while the block runs."""
    token = _HOUSE.set(house)
    try:
        yield
    finally:
        _HOUSE.reset(token)


def house_at_work() -> House:
    """Return the house this worker works for. Raises ``NobodyAtWork`` outside a worker."""
    try:
        return _HOUSE.get()
    except LookupError:
        raise NobodyAtWork(
            "A job was run without a worker, so it has no house to work for. Jobs are run by "
            "`patency worker`; in a test, by patency.doors.jobs.worker.run(house, once=True)."
        ) from None


def worker_at(site: str) -> Actor:
    """Return the worker as someone who acts at a site."""
    return Actor(name=NAME, site=site, roles=frozenset({Role.SYSTEM}))
