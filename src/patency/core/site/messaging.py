"""When a site writes to women by itself, and when it lets them sleep; dated, with its ground."""

from dataclasses import dataclass
from datetime import date, time

from patency.core.document import Table


@dataclass(frozen=True, slots=True)
class MessageHabits:
    """The hours of a site in which nothing is sent that can wait, and when it reminds."""

    quiet_from: time
    """By the site's clock; from here on nothing goes that can wait."""
    quiet_until: time
    """When it goes after all; the same as ``quiet_from`` where there are no quiet hours."""
    remind_at: time
    """The hour, on the day before, at which she is reminded of an appointment or a test day."""
    diary_at: time
    """The hour at which she is asked for her diary, on the days of ``diary_days``."""
    diary_days: tuple[int, ...]
    """Days after the examination; day 0 is the day itself."""
    chosen_on: date
    chosen_by: str
    """A role, never a person's name."""
    review: date
    provenance: str

    def is_quiet(self, at: time) -> bool:
        """Return whether a time of day lies in the quiet hours; their end does not."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


def read_messages(top: Table) -> MessageHabits:
    """Return a site's hours for messages; every site writes them down."""
    one = top.table("messages")
    days = one.raw.get("diary_days")
    habits = MessageHabits(
        quiet_from=one.clock("quiet_from"),
        quiet_until=one.clock("quiet_until"),
        remind_at=one.clock("remind_at"),
        diary_at=one.clock("diary_at"),
        diary_days=_days(one, days),
        chosen_on=one.day("chosen_on"),
        chosen_by=one.text("chosen_by", what="a role such as clinic manager"),
        review=one.day("review"),
        provenance=one.text("provenance"),
    )
    for name in ("remind_at", "diary_at"):
        if one.has(name) and habits.is_quiet(getattr(habits, name)):
            one.refuse(name, "lies in the quiet hours. Remind at an hour at which she is awake.")
    one.close()
    return habits


def _days(one: Table, raw: object) -> tuple[int, ...]:
    if not one.has("diary_days"):
        one.refuse("diary_days", "is missing. Write days after the examination, such as [1, 3, 7].")
        return ()
    if not isinstance(raw, list) or not all(type(day) is int and 0 <= day <= 14 for day in raw):
        one.refuse("diary_days", f"{raw!r} is not a list of days from 0 to 14, such as [1, 3, 7].")
        return ()
    return tuple(sorted(set(raw)))
