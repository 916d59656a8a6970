"""The words of a referral: to which clinic, and why."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CLINICS: Mapping[str, Promise] = {
    "gynaecology": _("Gynaecology"),
    "endocrine": _("Endocrinology (hormones, thyroid)"),
    "andrology": _("Andrology (her partner)"),
    "reproductive": _("Reproductive medicine"),
}
# Rules of the protocol for which she is sent on, each in a few words.
REASONS: Mapping[str, Promise] = {
    "dilated-tube-needs-specialist": _("A tube is dilated"),
    "hydrosalpinx-specialist-first": _("A tube is full of fluid (hydrosalpinx)"),
    "no-tube-seen-open": _("No tube was seen open"),
    "severe-cavity-finding": _("The cavity is not as usual"),
    "open-tubes-but-not-pregnant": _("Open tubes, and no pregnancy"),
    "refer-irregular-periods": _("Irregular periods"),
    "refer-hormones": _("Hormones to be looked at"),
    "refer-semen": _("Semen to be looked at"),
    "thyroid-slow-after-oil": _("Thyroid slow after oil contrast"),
    "examination-not-diagnostic": _("The examination did not answer the question"),
}
