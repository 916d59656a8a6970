"""How far draft readings and readers agree: for audit, and never said to be accuracy."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.suggested import CANNOT_TELL, NOT_PASSED, PASSED
from patency.doors.web.asking import ActorRequest, staff_may
from patency.service.agreeing import TubeAgreement, agreement_at

WORDS: Mapping[str, Promise] = {
    PASSED: pgettext_lazy("a tube", "passed"),
    NOT_PASSED: pgettext_lazy("a tube", "not passed"),
    CANNOT_TELL: gettext_lazy("cannot be told"),
}
SIDES: Mapping[str, Promise] = {
    "right": gettext_lazy("Right tube"),
    "left": gettext_lazy("Left tube"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """One tube as the page shows it."""

    name: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    of: TubeAgreement
    kappa: str


@require_safe
@staff_may(Action.SEE_QUALITY)
def agreement(request: ActorRequest) -> HttpResponse:
    """Show each tube's table, kappa with its interval, and who abstained how often."""
    found = agreement_at(request.house, request.actor.site, by=request.actor, now=request.now)
    context = {
        "tables": [
            Table(
                str(SIDES[side]),
                tuple(
                    (str(words), tuple(one.pairs.get((drafted, read), 0) for read in WORDS))
                    for drafted, words in WORDS.items()
                ),
                one,
                _kappa(one),
            )
            for side, one in found.items()
        ],
        "heads": [str(words) for words in WORDS.values()],
    }
    return TemplateResponse(request, "manage/agreement.html", context)


def _kappa(one: TubeAgreement) -> str:
    both = one.both
    if both.kappa is None or both.low is None or both.high is None:
        return _("not to be told from these numbers")
    return _("%(kappa)s (95 %% interval %(low)s to %(high)s)") % {
        "kappa": f"{both.kappa:.2f}",
        "low": f"{both.low:.2f}",
        "high": f"{both.high:.2f}",
    }


@require_safe
@staff_may(Action.SEE_QUALITY)
def figures(request: ActorRequest) -> HttpResponse:
    """Return every pair of words as a table for a program."""
    found = agreement_at(request.house, request.actor.site, by=request.actor, now=request.now)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="agreement.csv"'
    rows = csv.writer(answer)
    rows.writerow(["tube", "draft", "reader", "count"])
    for side, one in found.items():
        rows.writerows(
            [side, drafted, read, one.pairs.get((drafted, read), 0)]
            for drafted in WORDS
            for read in WORDS
        )
    rows.writerow([])
    rows.writerow(["tube", "n_both_said", "agreed", "kappa", "low_95", "high_95"])
    for side, one in found.items():
        both = one.both
        rows.writerow(
            [side, both.n, both.agreed]
            + ["" if x is None else f"{x:.4f}" for x in (both.kappa, both.low, both.high)]
        )
    return answer
