"""A positive test: she tells it, and reads what happens next, day by day, and when to call."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.aftercare import usual_cycle_days
from patency.core.facts import Kind
from patency.core.pregnancy import PregnancyState, Sample, ScanDays, next_sample_at, scan_days
from patency.core.protocol.model import Stage
from patency.doors.web.asked import protocol_at
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.fields import Typed
from patency.doors.web.forms import DayField, PageForm
from patency.doors.web.languages import spoken
from patency.doors.web.patient.after import around_her, newest_follow_up
from patency.doors.web.patient.diary import CARE, marked, posted_of, read_page
from patency.doors.web.patient.diary_pages import SIGNS, Page
from patency.doors.web.public.pages import told
from patency.doors.web.refusals import kindly
from patency.doors.web.words import HER_URGENCIES
from patency.records.models.followup import FollowUp, PregnancyEpisode, Task
from patency.records.seen_by import Seen, seen_by
from patency.service import pregnancy
from patency.service.following import asked_of_her, limits_of, number

USUAL_CYCLE_DAYS = 28  # where her own is not known the earlier days of a scan are the safer
OUTCOMES: Mapping[str, str | Promise] = {
    PregnancyState.UNKNOWN_LOCATION: gettext_lazy("It is not known yet where the pregnancy is."),
    PregnancyState.INTRAUTERINE: gettext_lazy("The pregnancy was seen in the womb."),
    PregnancyState.ECTOPIC: gettext_lazy(
        "The pregnancy was seen outside the womb. You are treated for it now."
    ),
    PregnancyState.MISCARRIAGE: gettext_lazy("This pregnancy has ended. We are sorry."),
    PregnancyState.LOST: gettext_lazy("We could not reach you. Please call us."),
}


class TestDayForm(PageForm):
    """On which day the test was positive."""

    __test__ = False  # pytest would take the name for a test

    when = forms.ChoiceField(label=gettext_lazy("When was the test?"), widget=forms.RadioSelect)
    other = DayField(
        label=gettext_lazy("If on another day, which?"),
        help_text=gettext_lazy("Leave it empty if it was today or yesterday."),
        required=False,
    )

    def __init__(self, *args: Any, exam_day: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = {"today": today, "yesterday": today - timedelta(days=1)}
        first = max(exam_day, date.min)
        choices = [
            (name, words.format(day=spoken().day_of_year(self.days[name])))
            for name, words in (("today", _("Today, {day}")), ("yesterday", _("Yesterday, {day}")))
            if self.days[name] >= first
        ]
        self.fields["when"].choices = [*choices, ("other", _("On another day"))]  # type: ignore[attr-defined]
        self.fields["when"].error_messages["required"] = _("Choose the day of the test.")
        other = self.fields["other"]
        assert isinstance(other, DayField)
        other.first, other.last = first, today
        other.error_messages["too_early"] = _(
            "This day is before your examination. Check it; if it is right, call us."
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wanted = cleaned.get("when")
        if wanted == "other" and not cleaned.get("other") and "other" not in self.errors:
            self.add_error("other", _("Type the day of the test."))
        cleaned["test_on"] = self.days.get(str(wanted)) or cleaned.get("other")
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.FOLLOW_PREGNANCY)
def positive_test(request: ActorRequest) -> HttpResponse:
    """Take her word of a positive test, and how she is."""
    seen = seen_by(request.actor, "her positive test", now=request.now)
    follow_up = newest_follow_up(seen)
    if follow_up is None or follow_up.state != "open":
        return TemplateResponse(
            request,
            "patient/positive_call.html",
            {"signs": told(request.house, request.around.site, "positive-test"),
             **around_her(request)},
        )  # fmt: skip
    if seen.pregnancies.filter(follow_up=follow_up, closed_at__isnull=True).exists():
        return redirect("my-pregnancy")
    protocol = protocol_at(request)
    asked = asked_of_her(request.house, follow_up.site, Stage.PREGNANCY)
    names = [name for name in protocol.facts.types if name in asked - {"pregnancy_test_positive"}]
    yes_no = tuple(name for name in names if protocol.facts[name].kind is Kind.YES_NO)
    single = Page("how", "", tuple(name for name in names if name not in yes_no))
    signs = Page(SIGNS, "", yes_no)
    is_post = request.method == "POST"
    form = TestDayForm(
        request.POST if is_post else None,
        exam_day=follow_up.exam_day,
        today=request.around.today,
    )
    typed = {page.name: _read(request, page, is_post=is_post) for page in (single, signs)}
    status, problem = 200, ""
    if is_post:
        problems = [field for one in typed.values() for field in one.problems]
        if form.is_valid() and not problems:
            answers = {**typed["how"].answers, **typed[SIGNS].answers}
            try:
                pregnancy.report_positive(
                    request.house,
                    follow_up.pk,
                    test_on=form.cleaned_data["test_on"],
                    answers=answers,
                    by=request.actor,
                    now=request.now,
                )
            except pregnancy.EpisodeOpen:
                return redirect("my-pregnancy")
            except pregnancy.EpisodeRefused as refusal:
                problem, status = str(kindly(refusal)), 409
            else:
                messages.success(
                    request, _("Thank you for telling us. Read below what comes next.")
                )
                return redirect("my-pregnancy")
        else:
            status = 400
    posted = request.POST.getlist(SIGNS) if is_post else []
    context = {
        "form": form,
        "fields": typed["how"].fields,
        "signs_fields": typed[SIGNS].fields,
        "signs_problem": next((f.problem for f in typed[SIGNS].fields if f.problem), ""),
        "problems": [field for one in typed.values() for field in one.problems],
        "ticked": posted,
        "problem": problem,
        "alarms": [
            said
            for said in told(request.house, request.around.site, "positive-test")
            if said.part.kind == "emergency"
        ],
        "back": reverse("my-after"),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/positive_test.html", context, status=status)


def _read(request: ActorRequest, page: Page, *, is_post: bool) -> Typed:
    posted = posted_of(page, request.POST if is_post else {})
    typed = read_page(request, protocol_at(request), page, posted)
    return marked(page, typed, posted) if is_post else typed


@require_safe
@she_may(Action.FOLLOW_PREGNANCY)
def my_pregnancy(request: ActorRequest) -> HttpResponse:
    """Return what happens next after her positive test, day by day."""
    seen = seen_by(request.actor, "her pregnancy", now=request.now)
    episode: PregnancyEpisode | None = (
        seen.pregnancies.select_related("follow_up").order_by("-opened_at").first()
    )
    if episode is None:
        return redirect("my-positive-test")
    follow_up = episode.follow_up
    is_open = episode.closed_at is None
    waiting = seen.tasks.filter(follow_up=follow_up, done_at__isnull=True)
    tasks: list[Task] = list(waiting.order_by("due_at"))
    call = next((row for row in tasks if row.kind == "positive-test"), None)
    samples = list(seen.hcg_samples.filter(episode=episode).order_by("taken_at"))
    urgency = call.urgency if call is not None else ""
    context = {
        "episode": episode,
        "is_open": is_open,
        "state": OUTCOMES.get(episode.state, ""),
        "call": call,
        "urgency_words": HER_URGENCIES.get(urgency),
        "urgency_kind": CARE.get(urgency, ""),
        "samples": samples,
        "next_sample": _next_sample(request, follow_up, [row.taken_at for row in samples]),
        "scan": _scan_days(request, seen, follow_up, episode.test_on),
        "parts": told(request.house, request.around.site, "positive-test"),
        "back": reverse("my-after"),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/pregnancy.html", context)


def _next_sample(
    request: ActorRequest, follow_up: FollowUp, taken: list[datetime]
) -> datetime | None:
    """Return when the second sample is due; None before the first and after the second."""
    if len(taken) != 1:
        return None
    return next_sample_at(Sample(taken[0], 0), limits_of(request.house, follow_up.site))


def _scan_days(
    request: ActorRequest, seen: Seen, follow_up: FollowUp, test_on: date
) -> ScanDays | None:
    """Return from when to when a scan is useful, from her own periods; None where she told none."""
    starts = [row.start for row in seen.periods.filter(start__lte=test_on)]
    if not starts:
        return None
    values = request.house.rulebook_at(follow_up.site).parameters
    return scan_days(
        max(starts),
        cycle_days=usual_cycle_days(starts) or USUAL_CYCLE_DAYS,
        luteal_days=int(number(values, "luteal_days", 14)),
    )
