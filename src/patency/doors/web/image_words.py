"""The words of image files: what kept one from being filed by itself."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patency.core.matching import BIRTH_DATE, EXAM, NO_HEADER, NUMBER, SAME_UID

DIFFERS: Mapping[str, Promise] = {
    NO_HEADER: _("no DICOM header"),
    NUMBER: _("the patient number differs"),
    BIRTH_DATE: _("the date of birth differs"),
    EXAM: _("the accession number is not that of her visit"),
    SAME_UID: _("another file has the same UID and other content"),
    "no-such-visit": _("no visit here fits"),
}
