"""When a site opens, or a clinic that nobody named."""

from patency.core.booking.window import Openings
from patency.service.house import House

NO_SITE = (
    "No site was named, so every day counts as open: weekends, legal holidays and closures are "
    "not known. Name one with --site."
)


def openings_of(house: House, site: str) -> Openings:
    """Return why a site does not examine, or does not see and test, on a day."""
    if not site:
        return Openings(exam=lambda day: None, visit=lambda day: None)
    return house.openings_at(site)
