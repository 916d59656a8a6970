"""The two questions of the machine: her code, and her date of birth."""

import calendar
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patency.core.identifiers import ALPHABET
from patency.doors.web.forms import PageForm
from patency.doors.web.languages import spoken
from patency.service.examined import CODE_LENGTH

OLDEST_YEARS, YOUNGEST_YEARS = 90, 10
LONGEST_TYPED = 64


class CodeForm(PageForm):
    """The code she was sent, typed or scanned."""

    code = forms.CharField(
        label=_("Type your code"),
        help_text=_("12 letters and numbers. Or hold the square picture under the red light."),
        max_length=LONGEST_TYPED,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
        error_messages={
            "required": _("Type your code first. It is in the message we sent you."),
            "max_length": _("This is too long for a code. A code has 12 letters and numbers."),
        },
    )

    def clean_code(self) -> str:
        """Return the code as letters and digits alone; full-width ones are understood."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data["code"]).upper()
        code = "".join(character for character in typed if character not in " -–")
        if len(code) != CODE_LENGTH or not set(code) <= set(ALPHABET) | set("ILOU"):
            raise forms.ValidationError(
                _("A code has 12 letters and numbers. Look at your message and type it again.")
            )
        return code


class BirthForm(PageForm):
    """The day she was born, in three lists."""

    year = forms.TypedChoiceField(label=pgettext_lazy("a part of a date", "Year"), coerce=int)
    month = forms.TypedChoiceField(label=pgettext_lazy("a part of a date", "Month"), coerce=int)
    day = forms.TypedChoiceField(label=pgettext_lazy("a part of a date", "Day"), coerce=int)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(today.year - YOUNGEST_YEARS, today.year - OLDEST_YEARS, -1)
        nothing = [("", "–")]
        months = spoken().months
        choices = {
            "year": [(str(each), str(each)) for each in years],
            "month": [(str(each), months[each - 1]) for each in range(1, 13)],
            "day": [(str(each), str(each)) for each in range(1, 32)],
        }
        for name, listed in choices.items():
            self.fields[name].choices = nothing + listed  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["autocomplete"] = "off"
            self.fields[name].error_messages["required"] = _("Choose one.")

    def clean(self) -> dict[str, Any]:
        """Return the day as ``born``; there are months of 31 days and of fewer."""
        said = super().clean() or self.cleaned_data
        if {"year", "month", "day"} <= said.keys():
            last = calendar.monthrange(said["year"], said["month"])[1]
            if said["day"] > last:
                self.add_error("day", _("This month has no such day. Choose another."))
            else:
                said["born"] = date(said["year"], said["month"], said["day"])
        return said

    @property
    def in_order(self) -> list[forms.BoundField]:
        """The three lists in the order in which a date is said in this language."""
        said = spoken().patterns["date"]
        names = sorted(("year", "month", "day"), key=lambda name: said.index(f"{{{name}}}"))
        return [self[name] for name in names]
