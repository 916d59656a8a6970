"""Group commit: whatever claims arrived meanwhile are written in one transaction, then answered.

One commit waits for the disk once, however many claims it holds. While it does, the next ones
gather. So the busier the door, the larger the groups, and nobody waits for more than the commit
that is under way and her own.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from patency.service.release import Answered, AskedFor

log = logging.getLogger(__name__)

MOST_AT_ONCE = 512  # a bound for one statement, not for the rate: our choice
# After a group of so many the next one waits a moment, for those who ask anew as soon as they are
# answered: a commit of twice as many costs little more. Measured with 32 clients: 17 claims became
# 25, and each took a sixth less of the processors. Both are our choice.
MANY, GATHERS_S = 8, 0.0015
MOST_WAITING = 20_000  # about four seconds of work; more would wait longer than people do


class Overrun(Exception):
    """More claims wait than can be answered while anybody still looks."""


Commit = Callable[[Sequence[AskedFor]], list[Answered]]
Tell = Callable[[Answered | None], None]
"""Is told the answer, in the loop; None when the claim could not be written, so that nothing is
known to have been kept."""
Asked = tuple[AskedFor, Tell]


class GroupCommit:
    """The one line of claims to the database, in a thread with its own connection."""

    def __init__(self, commit: Commit, *, most_at_once: int = MOST_AT_ONCE) -> None:
        self._commit = commit
        self._most_at_once = most_at_once
        self._waiting: list[Asked] = []
        self._is_at_work = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="claims")

    def ask(self, asked: AskedFor, tell: Tell) -> None:
        """Take one claim; ``tell`` is called once it is durable. Raises ``Overrun``."""
        if len(self._waiting) >= MOST_WAITING:
            raise Overrun
        self._waiting.append((asked, tell))
        if not self._is_at_work:
            self._is_at_work = True
            # In the next turn of the loop, so that what is being read now comes along.
            loop = asyncio.get_running_loop()
            loop.call_soon(self._begin, loop)

    def close(self) -> None:
        """Wait for the commit under way, then let the thread end."""
        self._thread.shutdown()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        group = self._waiting[: self._most_at_once]
        del self._waiting[: self._most_at_once]
        self._thread.submit(self._work, loop, group)

    def _work(
        self,
        loop: asyncio.AbstractEventLoop,
        group: list[Asked],
    ) -> None:
        found = commit_each_if_not_all(self._commit, [asked for asked, _ in group])
        loop.call_soon_threadsafe(self._tell, loop, group, found)

    def _tell(
        self,
        loop: asyncio.AbstractEventLoop,
        group: list[Asked],
        found: list[Answered | None],
    ) -> None:
        if len(group) >= MANY and 0 < len(self._waiting) < self._most_at_once:
            loop.call_later(GATHERS_S, self._begin, loop)
        elif self._waiting:
            self._begin(loop)
        else:
            self._is_at_work = False
        for (_, tell), answer in zip(group, found, strict=True):
            try:
                tell(answer)
            except Exception:  # the outer edge: the others are told all the same
                log.exception("an answer was not given")


def commit_each_if_not_all(commit: Commit, asked: list[AskedFor]) -> list[Answered | None]:
    """Return the answers; None for a claim that could not be written, the others all the same."""
    try:
        return [*commit(asked)]
    except Exception as error:  # the outer edge: one claim must not take a thousand with it
        log.error("%s claims were not written together: %s", len(asked), type(error).__name__)
        if len(asked) == 1:
            log.exception("a claim was not written")
            return [None]
    half = len(asked) // 2
    return [
        *commit_each_if_not_all(commit, asked[:half]),
        *commit_each_if_not_all(commit, asked[half:]),
    ]
