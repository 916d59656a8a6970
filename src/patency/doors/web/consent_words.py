"""How often something happens, in the words of the page: what she is shown before she signs."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from patency.core.consent import rates_for
from patency.doors.web.languages import Words

RATES: Mapping[str, tuple[Words, Words]] = {
    "pain": (
        _("Pain during the examination"),
        _("94 of 100 women feel pain; for 39 of 100 it is stronger than a period."),
    ),
    "vasovagal": (_("Feeling faint, slow heartbeat"), _("8 of 1,000.")),
    "infection": (
        _("Infection of the womb or tubes"),
        _("3 to 31 of 1,000; 11 of 100 when tubes are dilated and no antibiotic is given."),
    ),
    "intravasation": (_("Contrast agent passing into veins"), _("2 to 7 of 100.")),
    "oil-embolism": (
        _("Oil reaching the lungs or the brain"),
        _("18 of 19,339; four were serious."),
    ),
    "thyroid": (_("A sluggish thyroid in the months after"), _("22 to 38 of 100.")),
    "allergy-mild": (_("A mild reaction to the contrast agent"), _("About 1 of 1,000.")),
    "allergy-severe": (_("A severe reaction to the contrast agent"), _("About 1 of 170,000.")),
    "unsuspected-pregnancy": (_("A pregnancy nobody knew of"), _("6 to 24 of 10,000.")),
    "radiation": (
        _("Radiation"),
        _(
            "About 1 to 3 mSv. The risk from it is very small, but not zero. X-rays leave nothing "
            "behind in the body."
        ),
    ),
    "bleeding": (
        _("Light bleeding afterwards, up to 7 days"),
        _("Expected; no source gives a number."),
    ),
}
"""Each rate of ``core.consent`` in words to her: what, and how often."""


@dataclass(frozen=True, slots=True)
class RateTold:
    """One line of what is shown: what can happen, how often, and who says so."""

    what: Words
    often: Words
    source: str
    only_with: str
    """The contrast medium it belongs to, "oil" or "water"; empty for both."""


def rates_told(medium: str) -> tuple[RateTold, ...]:
    """Return the rates to show for a contrast medium; all of them while none is chosen."""
    return tuple(
        RateTold(*RATES.get(rate.code, (rate.what, rate.as_told)), rate.source, rate.only_with)
        for rate in rates_for(medium)
    )
