"""The forms of one follow-up: samples, scans, outcomes, referrals, answers, lost from sight."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from patency.core.pregnancy import PregnancyState
from patency.doors.web.forms import DayField, PageForm
from patency.doors.web.referral_words import CLINICS, REASONS
from patency.records.models.followup import REFERRED_TO
from patency.service.pregnancy import OUTCOMES, SCANNED

P = PregnancyState
PLACES = {
    P.UNKNOWN_LOCATION: _("Not seen yet: its place is not known"),
    P.INTRAUTERINE: _("In the womb"),
    P.ECTOPIC: _("Outside the womb"),
    P.MISCARRIAGE: _("It has ended (miscarriage)"),
    P.LOST: _("Nobody can reach her"),
}
MOST_IU = 10_000_000


class PositiveForm(PageForm):
    """The day of a positive test; her symptoms stand beside it as the protocol asks them."""

    prefix = "positive"
    test_on = DayField(label=_("Day of the positive test"))


class SampleForm(PageForm):
    """One blood sample."""

    prefix = "sample"
    iu_per_l = forms.DecimalField(
        label=_("hCG in blood, in IU/L"),
        min_value=0,
        max_value=MOST_IU,
        max_digits=10,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "width": 10}),
        error_messages={
            "invalid": _("Type the value as a number, such as 850 or 1520.5."),
            "max_value": _("No pregnancy has such a value. Read it again."),
        },
    )
    taken_on = DayField(label=_("Taken on"))
    taken_at = forms.TimeField(
        label=_("At what time"),
        widget=forms.TextInput(attrs={"width": 5}),
        help_text=_("On the clinic's clock, such as 09:30. The hours between two samples count."),
        error_messages={"invalid": _("Type the time as hours and minutes, such as 09:30.")},
    )

    def moment(self, zone: str) -> datetime:
        """Return when it was taken, on the site's clock."""
        data = self.cleaned_data
        return datetime.combine(data["taken_on"], data["taken_at"], ZoneInfo(zone))


class ScanForm(PageForm):
    """What a scan shows."""

    prefix = "scan"
    place = forms.ChoiceField(
        label=_("What the scan shows"),
        choices=[(each.value, PLACES[each]) for each in SCANNED],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the scan shows.")},
    )


class OutcomeForm(PageForm):
    """How a pregnancy ended, or went on."""

    prefix = "outcome"
    outcome = forms.ChoiceField(
        label=_("How it goes on"),
        choices=[(each.value, PLACES[each]) for each in OUTCOMES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it goes on.")},
    )


class ReferralForm(PageForm):
    """To whom she is referred, and why."""

    prefix = "referral"
    to = forms.ChoiceField(
        label=_("To which clinic"),
        choices=[(each, CLINICS[each]) for each in REFERRED_TO],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the clinic.")},
    )
    why = forms.MultipleChoiceField(
        label=_("Why"),
        choices=list(REASONS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one reason.")},
    )
    answer_days = forms.IntegerField(
        label=_("Answer awaited within, in days"),
        min_value=1,
        max_value=180,
        initial=14,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "width": 3}),
        error_messages={
            "invalid": _("Type a whole number of days, 1 to 180."),
            "min_value": _("Type a whole number of days, 1 to 180."),
            "max_value": _("Type a whole number of days, 1 to 180."),
        },
    )


class AnswerForm(PageForm):
    """What another clinic wrote back."""

    prefix = "answer"
    answer = forms.CharField(
        label=_("What came back"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what came back.")},
    )


class LostForm(PageForm):
    """How she was looked for."""

    prefix = "lost"
    tried = forms.CharField(
        label=_("How she was looked for"),
        help_text=_("By phone, by message, through the person she named; on which days."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say how she was looked for.")},
    )
    calls = forms.IntegerField(
        label=_("How many times"),
        min_value=0,
        max_value=99,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "width": 2}),
        error_messages={
            "required": _("Say how many times."),
            "invalid": _("Type a whole number."),
        },
    )


FORMS: dict[str, Any] = {
    "positive": PositiveForm,
    "sample": SampleForm,
    "scan": ScanForm,
    "outcome": OutcomeForm,
    "referral": ReferralForm,
    "answer": AnswerForm,
    "lost": LostForm,
}
