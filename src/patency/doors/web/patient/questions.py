"""Our questions to her: only those the protocol still needs, one on a page, then a look at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.facts import AskedOf, FactRefused, FactValue
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Protocol, Stage
from patency.core.visit import VisitState
from patency.doors.web.asked import ELSEWHERE, PARTS, parts_of
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.codes import unit_words
from patency.doors.web.fields import Field, Typed, read_fields
from patency.doors.web.her import BEFORE_THE_EXAM
from patency.doors.web.patient.asked_why import why_asked
from patency.doors.web.patient.draft import Draft, drop_draft, keep_draft, read_draft
from patency.doors.web.patient.herself import hers, herself
from patency.doors.web.patient.home import newest_told
from patency.doors.web.patient.next_thing import next_thing
from patency.doors.web.patient.swapped import Swapped, swapped
from patency.doors.web.reasons import protocol_of, reason_cards
from patency.doors.web.refusals import kindly
from patency.records.facts_on import bring_facts, to_json
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import journey, screening
from patency.service.journey import facts_from_the_test
from patency.service.judging import facts_now

# What she may choose, where the protocol's own name of it says too little to her.
HER_CHOICES: Mapping[str, Mapping[str, str | Promise]] = {
    "period_kind": {
        "natural": gettext_lazy("By itself"),
        "withdrawal": gettext_lazy("After tablets that bring on a bleed"),
        "none": gettext_lazy("I have no periods"),
    },
    "respiratory_illness": {
        "none": gettext_lazy("No illness"),
        "now": gettext_lazy("I have one now"),
        "recently": gettext_lazy("I had one recently, and it is over"),
    },
    "contrast_reaction": {
        "none": gettext_lazy("None, or I never had contrast agent"),
        "mild": gettext_lazy("Mild, such as a few hives or nausea"),
        "moderate": gettext_lazy("Moderate: it needed treatment"),
        "severe": gettext_lazy("Severe: breathing, collapse, or intensive care"),
    },
}
REFUSED = (screening.ScreeningRefused, journey.AnswersRefused)
SENT = "check"
LONGEST = 40
"""Characters of an answer; a day, a number and a choice are shorter."""


@dataclass(frozen=True, slots=True)
class Line:
    """One question with what she answered, on the page that shows them all."""

    field: Field
    number: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of her now, in the protocol's own order."""

    protocol: Protocol
    open: tuple[str, ...]
    """What the protocol still needs, her draft counted in."""
    answered: tuple[str, ...]
    """What stands in her draft."""

    @property
    def all(self) -> list[str]:
        both = {*self.open, *self.answered}
        return [name for name in self.protocol.facts.types if name in both]


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.RECORD_ANSWERS)
def my_answers(request: ActorRequest) -> HttpResponse:
    """Ask one question, or show all answers before she sends them."""
    seen = seen_by(request.actor, "her own answers", now=request.now)
    _patient, visit = herself(seen)
    if visit is None or VisitState(visit.state) not in BEFORE_THE_EXAM:
        messages.info(request, _("There is nothing to answer at the moment."))
        return redirect("mine")
    bring_facts(visit)
    draft = read_draft(request, visit.pk)
    asked = asked_now(request, visit, draft)
    if request.method == "POST":
        return _take(request, visit, draft, asked)
    number = request.GET.get("question", "")
    if number == SENT:
        return _check_page(request, seen, visit, draft, asked)
    name = _named(asked.protocol, number)
    if name is None:
        name = next((one for one in asked.open if one not in draft.typed), None)
        if name is None:
            return redirect(f"{reverse('my-answers')}?question={SENT}")
        if not draft.typed and not number:
            return _begin(request, asked)
    return _question_page(request, draft, asked, name)


@require_safe
@she_may(Action.RECORD_ANSWERS)
def answers_sent(request: ActorRequest) -> HttpResponse:
    """Say what follows from her answers, and what happens next."""
    found = hers(request, "what follows from her answers")
    if found is None:
        return redirect("mine")
    newest = newest_told(found)
    cards = []
    if newest is not None:
        row = newest.row  # type: ignore[attr-defined]
        cards = reason_cards(row, protocol_of(request.house, row), [], request.actor)
    context = {
        "newest": newest,
        "reasons": [card for card in cards if card.say],
        "next": next_thing(request, found),
        "left": found.questions,
    }
    return TemplateResponse(request, "patient/answers_sent.html", context)


def asked_now(request: ActorRequest, visit: Visit, draft: Draft) -> Asked:
    """Return what is still asked, as if what stands in her draft were told already."""
    book = request.house.rulebook_at(visit.site)
    protocol = book.protocol
    extra: dict[str, FactValue] = {}
    stages = [Stage.REGISTRATION, Stage.TENTATIVE]
    if visit.state in (VisitState.CLEARED, VisitState.BOOKED):
        stages.append(Stage.BOOKING)
        extra |= facts_from_the_test(visit, request.around.today)
    given = _as_facts(request, protocol, draft.given)
    questions: set[str] = set()
    for stage in stages:
        facts = facts_now(request.house, visit, stage, extra={**extra, **given}, now=request.now)
        questions |= set(decide(book, stage, facts).questions)
    parts = {name for kind in PARTS for name in parts_of(protocol, kind)}
    hers_to_tell = [
        name
        for name, fact in protocol.facts.types.items()
        if fact.asked_of is AskedOf.PATIENT and name not in ELSEWHERE and name not in parts
    ]
    return Asked(
        protocol,
        tuple(name for name in hers_to_tell if name in questions),
        tuple(name for name in hers_to_tell if name in draft.typed),
    )


def _take(request: ActorRequest, visit: Visit, draft: Draft, asked: Asked) -> HttpResponse:
    """Keep the answer of one page in her draft, or send all of them."""
    if request.POST.get("send") == "yes":
        return _send(request, visit, draft, asked)
    names = [name for name in request.POST if name in asked.protocol.facts.types]
    hidden = _named(asked.protocol, request.POST.get("number", ""))
    names = names or ([hidden] if hidden else [])
    if not names:
        return redirect("my-answers")
    typed = read_fields(
        asked.protocol,
        names,
        request.POST,
        request.around.site.time_zone,
        language=get_language() or "en",
    )
    if len(names) == 1 and request.POST.get("unknown"):
        draft.typed[names[0]] = ""
    elif len(names) == 1 and (wrong := _wrong_with(typed)):
        return _question_page(request, draft, asked, names[0], field=typed.fields[0], said=wrong)
    elif len(names) == 1 and (other := _against(request, visit, draft, asked, typed)):
        return _question_page(
            request,
            draft,
            asked,
            names[0],
            field=typed.fields[0],
            said=other.said,
            other=number_of(asked.protocol, other.other),
        )
    else:
        draft.typed |= {
            field.name: field.value
            for field in typed.fields
            if not field.problem and len(field.value) <= LONGEST
        }
    if len(names) > 1:
        return _send(request, visit, draft, asked)
    answer: HttpResponseRedirect
    back = request.POST.get("then") == SENT
    answer = redirect(f"{reverse('my-answers')}?question={SENT if back else 'next'}")
    keep_draft(request, answer, draft)
    return answer


def _against(
    request: ActorRequest, visit: Visit, draft: Draft, asked: Asked, typed: Typed
) -> Swapped | None:
    """Return which earlier answer of hers the new one cannot stand beside, if there is one."""
    told = facts_now(request.house, visit, Stage.REGISTRATION, now=request.now)
    [field] = typed.fields
    given = _as_facts(request, asked.protocol, {**draft.given, field.name: field.value})
    return swapped(field.name, {**told, **given})


def _wrong_with(typed: Typed) -> str:
    """Return what is wrong with the one answer of a page; empty when nothing is."""
    field = typed.fields[0]
    if field.problem:
        return str(field.problem)
    if not typed.answers or len(field.value) > LONGEST:
        return _("Choose an answer, or say that you do not know.")
    return ""


def _send(request: ActorRequest, visit: Visit, draft: Draft, asked: Asked) -> HttpResponse:
    given = _as_facts(request, asked.protocol, draft.given)
    if not given:
        messages.info(request, _("Nothing was sent yet: answer at least one question."))
        return redirect("my-answers")
    raw = {name: to_json(value) for name, value in given.items()}
    try:
        screening.record_answers(request.house, visit.pk, raw, by=request.actor, now=request.now)
    except REFUSED as refusal:
        messages.error(request, kindly(refusal))
        answer = redirect(f"{reverse('my-answers')}?question={SENT}")
        keep_draft(request, answer, draft)
        return answer
    answer = redirect("my-answers-sent")
    drop_draft(answer)
    return answer


def _begin(request: ActorRequest, asked: Asked) -> HttpResponse:
    context = {"count": len(asked.open), "has_draft": bool(asked.answered)}
    return TemplateResponse(request, "patient/answers_begin.html", context)


def _question_page(
    request: ActorRequest,
    draft: Draft,
    asked: Asked,
    name: str,
    *,
    field: Field | None = None,
    said: str = "",
    other: int = 0,
) -> HttpResponse:
    protocol = asked.protocol
    if field is None:
        field = read_fields(
            protocol,
            [name],
            {name: draft.typed.get(name, "")},
            request.around.site.time_zone,
            language=get_language() or "en",
        ).fields[0]
    order = asked.all
    place = order.index(name) if name in order else 0
    earlier = [one for one in asked.answered if one in order and order.index(one) < place]
    context = {
        "field": _in_her_words(field),
        "number": number_of(protocol, name),
        "why": why_asked(request.house.rulebook_at(request.around.site.slug), name),
        "problem": said,
        "other": other,
        "left_open": draft.typed.get(name) == "",
        "then": request.GET.get("then", request.POST.get("then", "")),
        "left": len([one for one in asked.open if one not in draft.typed]),
        "back": f"{reverse('my-answers')}?question={number_of(protocol, earlier[-1])}"
        if earlier
        else reverse("mine"),
    }
    status = 400 if said else 200
    return TemplateResponse(request, "patient/question.html", context, status=status)


def _check_page(
    request: ActorRequest, seen: Seen, visit: Visit, draft: Draft, asked: Asked
) -> HttpResponse:
    context = {
        "lines": _lines(request, asked.protocol, asked.answered, draft.typed),
        "told": _lines(request, asked.protocol, *_told_before(seen, visit, asked)),
        "open": len([one for one in asked.open if one not in draft.typed]),
        "may_send": bool(draft.given),
        "back": reverse("mine"),
    }
    return TemplateResponse(request, "patient/answers_check.html", context)


def _told_before(seen: Seen, visit: Visit, asked: Asked) -> tuple[Sequence[str], Mapping[str, str]]:
    """Return what she told earlier and may change, as it would be typed."""
    newest: dict[str, object] = {}
    for row in seen.answers.filter(visit=visit, follow_up=None, day=None).order_by("id"):
        newest[row.fact] = row.value
    facts = asked.protocol.facts.types
    names = [
        name
        for name, fact in facts.items()
        if newest.get(name) is not None
        and fact.asked_of is AskedOf.PATIENT
        and name not in ELSEWHERE
        and name not in asked.answered
    ]
    typed = {
        name: ("yes" if newest[name] is True else "no")
        if isinstance(newest[name], bool)
        else str(newest[name])
        for name in names
    }
    return names, typed


def _lines(
    request: ActorRequest, protocol: Protocol, names: Sequence[str], typed: Mapping[str, str]
) -> list[Line]:
    fields = read_fields(
        protocol, names, typed, request.around.site.time_zone, language=get_language() or "en"
    ).fields
    return [
        Line(_in_her_words(field), number_of(protocol, field.name), unit_words(field.unit))
        for field in fields
    ]


def _in_her_words(field: Field) -> Field:
    """Return a question with its choices as she says them."""
    words = HER_CHOICES.get(field.name, {})
    options = tuple((value, str(words.get(value, shown))) for value, shown in field.options)
    return replace(field, options=options)


def _as_facts(
    request: ActorRequest, protocol: Protocol, typed: Mapping[str, str]
) -> dict[str, FactValue]:
    """Return answers as facts; one that cannot be read any more is asked again."""
    known = {name: value for name, value in typed.items() if name in protocol.facts.types}
    read = read_fields(protocol, known, known, request.around.site.time_zone).answers
    facts: dict[str, FactValue] = {}
    for name, value in read.items():
        try:
            facts[name] = protocol.facts[name].read(value)
        except FactRefused:
            continue
    return facts


def number_of(protocol: Protocol, name: str) -> int:
    """Return the place of a question in the protocol: it says nothing of her in an address."""
    return list(protocol.facts.types).index(name) + 1


def _named(protocol: Protocol, number: str) -> str | None:
    names = list(protocol.facts.types)
    if not number.isdecimal() or not 1 <= int(number) <= len(names):
        return None
    name = names[int(number) - 1]
    hers = protocol.facts[name].asked_of is AskedOf.PATIENT and name not in ELSEWHERE
    return name if hers else None
