"""The words of money: how she pays, and by which rule money goes back."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

METHODS: Mapping[str, Promise] = {
    "cash": _("Cash"),
    "card": _("Card"),
    "mobile": _("Mobile payment"),
    "transfer": _("Bank transfer"),
}
GROUNDS: Mapping[str, Promise] = {
    "not-coming": _("She will not come any more, and has no date"),
    "goes-elsewhere": _("She is examined elsewhere"),
    "wrong-price": _("The price was wrong; the right one is paid anew"),
    "paid-elsewhere": _("Paid twice, or by somebody else"),
    "goodwill": _("Goodwill of the clinic"),
    "other": _("Another reason, told below"),
}
