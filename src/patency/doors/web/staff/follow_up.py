"""One woman after her examination: pregnancy, referrals, and where nobody reaches her."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action, may
from patency.core.pregnancy import PregnancyState, Sample, pair_to_read, read_pair
from patency.core.protocol.model import Stage
from patency.doors.web.asked import protocol_at, read_all
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.fields import fields_of
from patency.doors.web.hcg_chart import Chart, hcg_chart
from patency.doors.web.open_tasks import task_line
from patency.doors.web.referral_words import CLINICS, REASONS
from patency.doors.web.refusals import refused
from patency.doors.web.staff.follow_up_forms import FORMS, PLACES
from patency.doors.web.staff.report import as_pdf
from patency.doors.web.words import in_words
from patency.records.models.followup import FollowUp, HcgSample, PregnancyEpisode
from patency.records.seen_by import Seen, seen_by
from patency.service import aftercare, lost, papers, pregnancy, referral
from patency.service.following import asked_of_her, limits_of

REFUSED = (
    pregnancy.EpisodeRefused,
    referral.ReferralRefused,
    lost.LostRefused,
    aftercare.AftercareRefused,
)
NEEDS = {"referral": Action.REFER, "answer": Action.REFER, "lost": Action.DISCHARGE}
Done = Callable[[ActorRequest, FollowUp, Any], str]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.ACKNOWLEDGE)
def follow_up(request: ActorRequest, follow_up_id: UUID) -> HttpResponse:
    """Show how she is followed, and keep one thing that was found or decided."""
    seen = seen_by(request.actor, "her follow-up", now=request.now)
    row: FollowUp | None = (
        seen.follow_ups.filter(pk=follow_up_id).select_related("patient", "visit__patient").first()
    )
    if row is None:
        raise Http404(_("This follow-up was not found at your site."))
    what = request.POST.get("what", "")
    forms = {name: made() for name, made in FORMS.items()}
    context: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        if what in FORMS:
            forms[what] = FORMS[what](request.POST)
        try:
            if what in FORMS and not forms[what].is_valid():
                context["form"], status = forms[what], 400
            else:
                messages.success(request, _do(request, seen, row, what, forms.get(what)))
                return redirect("follow-up", row.pk)
        except WrongAnswers as wrong:
            context["asked"], status = wrong.fields, 400
        except REFUSED as refusal:
            context |= refused(refusal)
            status = 409
    context = {**_context(request, seen, row), "forms": forms, "open_form": what, **context}
    return TemplateResponse(request, "staff/follow_up.html", context, status=status)


class WrongAnswers(Exception):
    """One of her answers cannot be read; the fields say which."""

    def __init__(self, fields: tuple[Any, ...]) -> None:
        super().__init__("an answer cannot be read")
        self.fields = fields


def _do(request: ActorRequest, seen: Seen, row: FollowUp, what: str, form: Any) -> str:
    """Do one thing, and return what is said of it."""
    house, by, now = request.house, request.actor, request.now
    data: Mapping[str, Any] = form.cleaned_data if form is not None else {}
    given: dict[str, Any] = {"by": by, "now": now}
    match what:
        case "positive":
            answers = _answers(request, row)
            pregnancy.report_positive(
                house, row.pk, test_on=data["test_on"], answers=answers, **given
            )
            return _("The pregnancy is followed from now on. Its clock runs.")
        case "sample":
            done = pregnancy.record_hcg(
                house,
                _open_episode(seen, row).pk,
                taken_at=form.moment(request.around.site.time_zone),
                iu_per_l=float(data["iu_per_l"]),
                answers=_answers(request, row),
                **given,
            )
            due = task_line(done.task, now) if done.task else None
            return _("The sample is kept. Next: %(what)s.") % {"what": due.what if due else "–"}
        case "scan":
            episode = _open_episode(seen, row)
            pregnancy.record_scan(house, episode.pk, PregnancyState(data["place"]), **given)
            return _("The scan is kept.")
        case "outcome":
            episode = _open_episode(seen, row)
            pregnancy.close(house, episode.pk, PregnancyState(data["outcome"]), **given)
            return _("The outcome is kept.")
        case "referral":
            referral.refer(
                house, row.pk, data["to"], data["why"], answer_days=data["answer_days"], **given
            )
            return _("She is referred. Print the letter below.")
        case "answer":
            answered = _referral(seen, row, request.POST.get("referral", ""))
            referral.record_answer(answered, data["answer"], **given)
            return _("The answer is kept.")
        case "lost":
            lost.mark_lost(house, row.pk, data["tried"], calls=data["calls"], **given)
            return _("Written down as lost. In a week somebody looks for her once more.")
        case "found":
            lost.found_again(row.pk, **given)
            return _("She is there again; she is followed as before.")
        case "close":
            aftercare.close_follow_up(row.pk, **given)
            return _("The weeks after are closed, and the visit with them.")
    raise Http404(_("There is no such thing to do here."))


def _answers(request: ActorRequest, row: FollowUp) -> Mapping[str, object]:
    """Return what she answered of her symptoms. Raises ``WrongAnswers``."""
    typed = read_all(protocol_at(request), _asked(request, row), request)
    if typed.problems:
        raise WrongAnswers(typed.fields)
    return typed.answers


def _asked(request: ActorRequest, row: FollowUp) -> list[str]:
    asked = asked_of_her(request.house, row.site, Stage.PREGNANCY) - {"pregnancy_test_positive"}
    return [name for name in protocol_at(request).facts.types if name in asked]


def _open_episode(seen: Seen, row: FollowUp) -> PregnancyEpisode:
    found: PregnancyEpisode | None = seen.pregnancies.filter(
        follow_up=row, closed_at__isnull=True
    ).first()
    if found is None:
        raise Http404(_("No pregnancy is followed here any more."))
    return found


def _referral(seen: Seen, row: FollowUp, key: str) -> UUID:
    found = next(
        (each.pk for each in seen.referrals.filter(follow_up=row) if str(each.pk) == key), None
    )
    if found is None:
        raise Http404(_("This referral was not found here."))
    return found


def _context(request: ActorRequest, seen: Seen, row: FollowUp) -> dict[str, Any]:
    episodes = list(seen.pregnancies.filter(follow_up=row).order_by("-opened_at"))
    episode = next((each for each in episodes if each.closed_at is None), None)
    samples = _samples(seen, episode)
    tasks = seen.tasks.filter(follow_up=row, done_at__isnull=True).order_by("due_at")
    referrals = [
        {
            "row": each,
            "to": CLINICS[each.to],
            "why": [REASONS.get(one) or in_words(one) for one in each.why],
        }
        for each in seen.referrals.filter(follow_up=row).order_by("-made_at")
    ]
    return {
        "row": row,
        "patient": row.patient,
        "visit": row.visit,
        "episode": episode,
        "place": PLACES[PregnancyState(episode.state)] if episode else "",
        "earlier": [
            {"row": each, "outcome": _outcome(each.outcome or "")}
            for each in episodes
            if each.closed_at is not None
        ],
        "samples": samples,
        "chart": _chart(request, row, samples),
        "asked": fields_of(protocol_at(request), _asked(request, row)),
        "tasks": [task_line(each, request.now) for each in tasks],
        "referrals": referrals,
        "may_refer": may(request.actor, Action.REFER),
        "may_follow": may(request.actor, Action.FOLLOW_PREGNANCY),
        "may_close": may(request.actor, Action.DISCHARGE),
        "may_acknowledge": True,
        "today": request.around.today,
        "back": reverse("following"),
    }


def _outcome(outcome: str) -> str:
    return str(PLACES[PregnancyState(outcome)]) if outcome else ""


def _samples(seen: Seen, episode: PregnancyEpisode | None) -> list[HcgSample]:
    if episode is None:
        return []
    return list(seen.hcg_samples.filter(episode=episode).order_by("taken_at"))


def _chart(request: ActorRequest, row: FollowUp, samples: list[HcgSample]) -> Chart | None:
    """Return the samples drawn, with the reading of the newest pair."""
    if not samples:
        return None
    limits = limits_of(request.house, row.site)
    told = [Sample(each.taken_at, float(each.iu_per_l)) for each in samples]
    pair = pair_to_read(told, limits)
    return hcg_chart(told, limits, read_pair(pair, limits) if pair else None, pair)


@require_safe
@staff_may(Action.READ_REPORT)
def referral_letter(request: ActorRequest, referral_id: UUID) -> HttpResponse:
    """Return the letter to another clinic as it is printed."""
    values = papers.referral_values(request.house, referral_id, by=request.actor, now=request.now)
    return as_pdf(request, "referral", values, "letter.pdf")
