"""Whether a site has its images read by the computer beforehand: chosen, dated, with its ground."""

from dataclasses import dataclass
from datetime import date

from patency.core.document import Table


@dataclass(frozen=True, slots=True)
class AssistHabits:
    """How a site lets draft readings be made and shown."""

    is_on: bool
    wait_minutes: int
    """After the last image was filed and the examination has ended."""
    own_entry_first: bool
    """Whether a suggestion is shown only after the reader has picked something of that part."""
    chosen_on: date | None = None
    chosen_by: str = ""
    """A role, never a person's name."""
    review: date | None = None
    provenance: str = ""


OFF = AssistHabits(is_on=False, wait_minutes=5, own_entry_first=False)


def read_assist(top: Table) -> AssistHabits:
    """Return a site's habits; without ``[assist]`` nothing is read and nothing is suggested."""
    if not top.has("assist"):
        return OFF
    one = top.table("assist")
    habits = AssistHabits(
        is_on=one.yes_no("on"),
        wait_minutes=one.count("wait_minutes", low=1, high=240, unit="minutes"),
        own_entry_first=one.yes_no("own_entry_first"),
        chosen_on=one.day("chosen_on"),
        chosen_by=one.text("chosen_by", what="a role such as lead radiologist"),
        review=one.day("review"),
        provenance=one.text("provenance"),
    )
    one.close()
    return habits
