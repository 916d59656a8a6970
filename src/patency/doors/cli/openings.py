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
    calendar = house.calendar_of(site)
    exam, clinic, laboratory = (
        house.site(site).open_days(service, calendar) for service in ("exam", "visit", "lab")
    )
    return Openings(
        exam=exam.closed_because,
        visit=lambda day: clinic.closed_because(day) or laboratory.closed_because(day),
    )
