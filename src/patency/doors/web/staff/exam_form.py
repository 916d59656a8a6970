"""The forms of the examination: its record, a look at her afterwards, the choice of antibiotics."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patency.core.exam import EVENTS, MOST_GY_CM2, MOST_ML, MOST_SECONDS, SoFar
from patency.core.site.model import Drug, Site
from patency.doors.web.asking import Around
from patency.doors.web.forms import PageForm, YesNo
from patency.doors.web.staff.findings_words import IMAGES
from patency.service.dosed import MachineDose

ON_PAGE = "%Y-%m-%dT%H:%M"
EVENT_WORDS: Mapping[str, Any] = {
    "severe": gettext_lazy("Severe reaction"),
    "faint": gettext_lazy("Faint (vasovagal)"),
    "skin": gettext_lazy("Reaction of the skin"),
    "warm-feeling": gettext_lazy("Feels warm"),
    "bleeding": gettext_lazy("Bleeding in the room"),
    "second-attempt": gettext_lazy("Second attempt at the cervix"),
    "failed-cannulation": gettext_lazy("Cervix not entered"),
}
OUTCOMES = (
    ("completed", gettext_lazy("Completed: the pictures answer the question")),
    ("non_diagnostic", gettext_lazy("Done, but the pictures do not answer the question")),
    ("abandoned", gettext_lazy("Stopped early")),
)
DEVICES = (
    ("balloon catheter", gettext_lazy("Balloon catheter")),
    ("acorn cannula", gettext_lazy("Cannula with acorn")),
    ("vacuum cup", gettext_lazy("Vacuum cup")),
    ("other", gettext_lazy("Something else")),
)
ANAESTHESIA = (
    ("none", gettext_lazy("None")),
    ("local", gettext_lazy("Local")),
    ("sedation", gettext_lazy("Sedation")),
    ("general", gettext_lazy("General")),
)


class Moment(forms.DateTimeField):
    """A day and time on the site's clock."""

    def __init__(self, *, zone: str = "UTC", **kwargs: Any) -> None:
        self.zone = ZoneInfo(zone)
        kwargs.setdefault(
            "widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format=ON_PAGE)
        )
        kwargs.setdefault("input_formats", [ON_PAGE, "%Y-%m-%dT%H:%M:%S"])
        super().__init__(**kwargs)


class RecordForm(PageForm):
    """The record of one examination; it begins with what the steps come to."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("How it ended"), choices=OUTCOMES, widget=forms.RadioSelect
    )
    stopped_by_her = forms.BooleanField(label=gettext_lazy("She wished to stop"), required=False)
    stop_reason = forms.CharField(
        label=gettext_lazy("Why it was stopped, or why the pictures answer nothing"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    station = forms.ChoiceField(label=gettext_lazy("Machine"), required=False)
    operator = forms.CharField(label=gettext_lazy("Who did it"), max_length=150)
    started_at = Moment(label=gettext_lazy("Begun at"))
    ended_at = Moment(label=gettext_lazy("Ended at"))
    seal = forms.ChoiceField(label=gettext_lazy("Catheter or cannula"), choices=DEVICES)
    agent = forms.ChoiceField(label=gettext_lazy("Contrast"), required=False)
    lot = forms.CharField(
        label=gettext_lazy("Lot on the vial"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"width": 10, "autocomplete": "off"}),
    )
    increments = forms.CharField(
        label=gettext_lazy("Each injection, in mL"),
        help_text=gettext_lazy("In their order, with commas between them, such as 2, 3, 3"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"width": 20, "autocomplete": "off"}),
    )
    key_images = forms.MultipleChoiceField(
        label=gettext_lazy("Key images there are"),
        choices=IMAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    leak = forms.BooleanField(
        label=gettext_lazy("Contrast leaked beside the device"), required=False
    )
    intravasation_grade = forms.TypedChoiceField(
        label=gettext_lazy("Contrast in vessels (intravasation)"),
        choices=(
            ("0", gettext_lazy("None")),
            ("1", gettext_lazy("Grade 1: in the wall")),
            ("2", gettext_lazy("Grade 2: small vessels")),
            ("3", gettext_lazy("Grade 3: large vessels")),
        ),
        coerce=int,
    )
    dilated_tube = YesNo(
        label=gettext_lazy("Is a tube wide (dilated)?"),
        required=False,
        choices=(
            ("yes", gettext_lazy("Yes")),
            ("no", gettext_lazy("No")),
            ("", gettext_lazy("Not known yet")),
        ),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("What happened in the room"),
        choices=[(each, EVENT_WORDS[each]) for each in EVENT_WORDS if each in EVENTS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    pain_score = forms.IntegerField(
        label=gettext_lazy("Worst pain she told, 0 to 10"),
        required=False,
        min_value=0,
        max_value=10,
        widget=forms.NumberInput(attrs={"width": 3, "inputmode": "numeric"}),
    )
    relief_offered = forms.BooleanField(
        label=gettext_lazy("Something against pain was offered"), required=False
    )
    anaesthesia = forms.ChoiceField(label=gettext_lazy("Anaesthesia"), choices=ANAESTHESIA)
    dap_gy_cm2 = forms.DecimalField(
        label=gettext_lazy("Dose-area product, Gy·cm²"),
        help_text=gettext_lazy("Not cGy·cm² and not mGy·cm²: 140 cGy·cm² are 1.4 Gy·cm²"),
        required=False,
        min_value=0,
        max_value=MOST_GY_CM2,
        widget=forms.NumberInput(attrs={"width": 5, "step": "any", "inputmode": "decimal"}),
    )
    dose_reason = forms.CharField(
        label=gettext_lazy("Why the dose is above the reference, where it is"),
        required=False,
        max_length=1000,
    )
    fluoro_seconds = forms.IntegerField(
        label=gettext_lazy("X-ray time, seconds"),
        required=False,
        min_value=0,
        max_value=MOST_SECONDS,
        widget=forms.NumberInput(attrs={"width": 5, "inputmode": "numeric"}),
    )
    live_imaging = forms.BooleanField(
        label=gettext_lazy("Contrast was watched on live images all the time"), required=False
    )
    over_maximum_reason = forms.CharField(
        label=gettext_lazy("More oil than is allowed here: a consultant's reason"),
        required=False,
        max_length=1000,
    )

    PARTS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (gettext_lazy("How it ended"), ("outcome", "stopped_by_her", "stop_reason")),
        (
            gettext_lazy("Who, where and when"),
            ("operator", "station", "started_at", "ended_at", "seal", "anaesthesia"),
        ),
        (
            gettext_lazy("Contrast"),
            ("agent", "lot", "increments", "live_imaging", "over_maximum_reason"),
        ),
        (gettext_lazy("X-ray"), ("key_images", "dap_gy_cm2", "dose_reason", "fluoro_seconds")),
        (gettext_lazy("What was seen"), ("leak", "intravasation_grade", "dilated_tube")),
        (gettext_lazy("How she was"), ("pain_score", "relief_offered", "events")),
    )

    def __init__(
        self, *args: Any, site: Site, now: datetime, machine: MachineDose, **kwargs: Any
    ) -> None:
        self.site, self.now, self.machine = site, now, machine
        super().__init__(*args, **kwargs)
        self._choices("station", [(one.station, one.name) for one in site.devices.values()])
        agents = site.contrast_agents.values()
        self._choices(
            "agent", [("", _("None was given")), *((one.name, one.name) for one in agents)]
        )
        for name in ("started_at", "ended_at"):
            self.fields[name].zone = ZoneInfo(site.time_zone)  # type: ignore[attr-defined]

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def from_steps(
        so_far: SoFar, around: Around, user: AbstractBaseUser | AnonymousUser
    ) -> dict[str, Any]:
        """Return the form as the steps fill it."""
        member = getattr(user, "staff_member", None)
        begun = so_far.started_at or around.moment
        return {
            "outcome": "abandoned" if so_far.stopped_early else "completed",
            "stopped_by_her": so_far.stopped_by_her,
            "operator": getattr(member, "display_name", ""),
            "started_at": begun,
            "ended_at": so_far.ended_at or around.moment,
            "increments": ", ".join(f"{each:g}" for each in so_far.increments),
            "key_images": [str(each) for each in so_far.key_images],
            "leak": so_far.leak,
            "intravasation_grade": str(so_far.intravasation_grade),
            "events": list(so_far.events),
            "pain_score": so_far.pain_score,
            "relief_offered": so_far.relief_offered,
            "anaesthesia": "none",
        }

    @property
    def parts(self) -> Iterable[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(heading, [self[name] for name in names]) for heading, names in self.PARTS]

    def clean_increments(self) -> tuple[float, ...]:
        typed = self.cleaned_data["increments"].replace("，", ",").replace("、", ",")
        try:
            found = tuple(
                float(part) for part in typed.replace(";", ",").split(",") if part.strip()
            )
        except ValueError:
            raise forms.ValidationError(
                _("Write each injection as a number of mL, such as 2, 3, 3.")
            ) from None
        if not all(0 < each <= MOST_ML for each in found) or sum(found) > MOST_ML:
            raise forms.ValidationError(
                _("Each injection is more than 0 mL, and all together are at most %(most)s mL.")
                % {"most": MOST_ML}
            )
        return found

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        begun, ended = told.get("started_at"), told.get("ended_at")
        if begun and ended and ended < begun:
            self.add_error("ended_at", _("The end lies before the beginning. Check both times."))
        if ended and ended > self.now:
            self.add_error("ended_at", _("This lies in the future. Check the time."))
        given = told.get("increments")
        if given and not told.get("agent"):
            self.add_error("agent", _("Contrast was given: choose which."))
        if given and not told.get("lot", "").strip():
            self.add_error("lot", _("Type the lot; it stands on the vial."))
        if told.get("outcome") == "completed" and given == ():
            self.add_error(
                "increments",
                _("An examination without contrast is not completed. Add what was given."),
            )
        if told.get("outcome") != "completed" and not told.get("stop_reason", "").strip():
            self.add_error("stop_reason", _("Say in a few words why."))
        dose, reference = told.get("dap_gy_cm2"), self.site.dose_reference.dap_gy_cm2
        if dose is None and "dap_gy_cm2" not in self.errors:
            dose = self.machine.dap_gy_cm2  # it goes into the record where nobody writes one
        if dose is not None and dose > reference and not told.get("dose_reason", "").strip():
            self.add_error(
                "dose_reason",
                _("The dose is above the reference of %(reference)s Gy·cm². Say why.")
                % {"reference": f"{reference:g}"},
            )
        return told

    def exam(self) -> dict[str, Any]:
        """Return what was told, as the core's ``Exam`` takes it."""
        told = dict(self.cleaned_data)
        told.pop("over_maximum_reason")
        stopped = told["outcome"] == "abandoned"
        device = self.site.devices.get(told["station"])
        dose = told["dap_gy_cm2"]
        return {
            **told,
            "device": device.name if device else told["station"] or self.site.name,
            "key_images": tuple(int(each) for each in told["key_images"]),
            "events": tuple(told["events"]),
            "stopped_early": stopped,
            "stopped_by_her": stopped and told["stopped_by_her"],
            "dap_gy_cm2": float(dose) if dose is not None else None,
        }


class CheckForm(PageForm):
    """One look at her while she is watched."""

    how_she_is = forms.ChoiceField(
        label=gettext_lazy("How she is"),
        choices=(
            ("well", gettext_lazy("Well")),
            ("pain", gettext_lazy("In pain")),
            ("dizzy", gettext_lazy("Dizzy or faint")),
            ("bleeding", gettext_lazy("Bleeding more than a little")),
            ("rash", gettext_lazy("Rash, itching or short of breath")),
        ),
        widget=forms.RadioSelect,
    )
    systolic = forms.IntegerField(
        label=gettext_lazy("Upper blood pressure, mmHg"),
        required=False,
        min_value=40,
        max_value=260,
        widget=forms.NumberInput(attrs={"width": 3, "inputmode": "numeric"}),
    )
    diastolic = forms.IntegerField(
        label=gettext_lazy("Lower blood pressure, mmHg"),
        required=False,
        min_value=20,
        max_value=160,
        widget=forms.NumberInput(attrs={"width": 3, "inputmode": "numeric"}),
    )
    pulse = forms.IntegerField(
        label=gettext_lazy("Pulse, beats a minute"),
        required=False,
        min_value=20,
        max_value=240,
        widget=forms.NumberInput(attrs={"width": 3, "inputmode": "numeric"}),
    )
    spo2 = forms.IntegerField(
        label=gettext_lazy("Oxygen saturation, %"),
        required=False,
        min_value=40,
        max_value=100,
        widget=forms.NumberInput(attrs={"width": 3, "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """Return what was typed; the lower pressure is below the upper."""
        found: dict[str, Any] = super().clean() or {}
        upper, lower = found.get("systolic"), found.get("diastolic")
        if upper is not None and lower is not None and lower >= upper:
            swapped = _("The lower pressure is below the upper one. Look whether they are swapped.")
            self.add_error("diastolic", swapped)
        return found

    def said(self) -> dict[str, Any]:
        """Return what was measured; what was not stays out."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


REASONS = (
    ("", gettext_lazy("None")),
    ("her-wish", gettext_lazy("Her wish")),
    ("clinical-judgement", gettext_lazy("Clinical judgement")),
    ("allergy-checked-other-class", gettext_lazy("Her allergy is to another class of drug")),
    ("infection-risk", gettext_lazy("A risk of infection that is not listed")),
    ("treated-already", gettext_lazy("She takes antibiotics already")),
)


class AntibioticForm(PageForm):
    """The prescriber's choice about antibiotics."""

    give = forms.ChoiceField(
        label=gettext_lazy("Are antibiotics given?"),
        choices=(("yes", gettext_lazy("Yes, give them")), ("no", gettext_lazy("No, none"))),
        widget=forms.RadioSelect,
    )
    drug = forms.ChoiceField(label=gettext_lazy("Which"), required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("Your reason, where the list above does not give it"),
        required=False,
        choices=REASONS,
    )
    allergy_checked = forms.BooleanField(
        label=gettext_lazy("Allergies were asked for now"), required=False
    )
    pregnancy_checked = forms.BooleanField(
        label=gettext_lazy("Pregnancy was excluded today"), required=False
    )

    def __init__(self, *args: Any, formulary: Mapping[str, Drug], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["drug"].choices = [  # type: ignore[attr-defined]
            ("", _("None")),
            *((name, f"{one.name}, {one.dose}") for name, one in formulary.items()),
        ]

    def said(self) -> dict[str, Any]:
        """Return the choice as the service takes it."""
        told = self.cleaned_data
        give = told["give"] == "yes"
        return {
            "give": give,
            "drug": told["drug"] if give else "",
            "reason": told["reason"],
            "allergy_checked": told["allergy_checked"],
            "pregnancy_checked": told["pregnancy_checked"],
        }
