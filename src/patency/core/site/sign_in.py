"""How long somebody stays signed in at a site: chosen by the site, with its ground."""

from dataclasses import dataclass

from patency.core.document import Table


@dataclass(frozen=True, slots=True)
class SignInHabits:
    """Time limits of being signed in."""

    staff_idle_minutes: int = 30
    """Without a page asked for, a member of staff is signed out."""
    staff_hours: int = 12
    """However busy, a member of staff signs in again: one long shift."""
    her_idle_minutes: int = 20
    """A phone is often shared, so hers is short."""
    her_hours: int = 4
    own_phone_days: int = 30
    """Where she says that the phone is hers alone."""
    sessions_at_most: int = 3
    """Browsers one person is signed in with; the oldest one ends."""
    proof_minutes: int = 15
    """How long a proof of who one is counts before something that cannot be undone."""
    provenance: str = "the project's default, chosen by no clinic"


DEFAULT = SignInHabits()


def read_sign_in(top: Table) -> SignInHabits:
    """Return the site's ``[sign_in]``; the project's default where the file has none."""
    if not top.has("sign_in"):
        return DEFAULT
    table = top.table("sign_in")
    found = SignInHabits(
        staff_idle_minutes=table.count("staff_idle_minutes", low=5, high=120, unit="minutes"),
        staff_hours=table.count("staff_hours", low=1, high=24, unit="hours"),
        her_idle_minutes=table.count("her_idle_minutes", low=5, high=60, unit="minutes"),
        her_hours=table.count("her_hours", low=1, high=24, unit="hours"),
        own_phone_days=table.count("own_phone_days", low=1, high=90, unit="days"),
        sessions_at_most=table.count("sessions_at_most", low=1, high=10, unit="browsers"),
        proof_minutes=table.count("proof_minutes", low=1, high=60, unit="minutes"),
        provenance=table.text("provenance"),
    )
    table.close()
    return found
