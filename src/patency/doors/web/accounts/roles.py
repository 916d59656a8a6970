"""What people are called by what they are."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patency.core.access import Role

ROLE_WORDS: Mapping[Role, Promise] = {
    Role.REGISTRATION: _("registration"),
    Role.NURSE: _("nurse"),
    Role.RADIOGRAPHER: _("radiographer"),
    Role.RADIOLOGIST: _("radiologist"),
    Role.GYNAECOLOGIST: _("gynaecologist"),
    Role.CONSULTANT: _("consultant"),
    Role.CASHIER: _("cashier"),
    Role.MANAGER: _("clinic manager"),
    Role.ADMINISTRATOR: _("administrator"),
    Role.KIOSK: _("a machine at a campus"),
    Role.PATIENT: _("patient"),
    Role.SYSTEM: _("the program"),
}
