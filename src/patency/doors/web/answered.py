"""The answer to a place that is kept: the one service call it becomes, and what came of it."""

from dataclasses import dataclass

from django.contrib import messages
from django.utils.translation import gettext as _

from patency.doors.web.asking import ActorRequest
from patency.doors.web.her_line import until_words
from patency.doors.web.languages import spoken
from patency.doors.web.refusals import kindly
from patency.doors.web.templatetags.plain import moment
from patency.records.models.waiting import Offer
from patency.service import offers
from patency.service.seats import BookingRefused

TAKE, LEAVE = "take", "leave"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer, in a sentence."""

    sentence: str
    level: int
    was_refused: bool = False


def answered(request: ActorRequest, found: Offer, *, hers: bool) -> Answered:
    """Return what came of taking or leaving a place; anything else answers nothing."""
    choice = request.POST.get("answer", "")
    try:
        if choice == TAKE:
            made = offers.accept(request.house, found.pk, by=request.actor, now=request.now)
            said = _("This date is yours: {date}.") if hers else _("This date is hers: {date}.")
            return Answered(said.format(date=moment(made.slot.starts_at)), messages.SUCCESS)
        if choice == LEAVE:
            left = offers.decline(request.house, found.pk, by=request.actor, now=request.now)
            return _left(left, hers=hers)
    except BookingRefused as refusal:
        return _refused(request, found, refusal, hers=hers)
    return Answered(_("Choose whether the place is taken or left."), messages.INFO)


def _left(left: Offer, *, hers: bool) -> Answered:
    place = moment(left.slot.starts_at)
    if left.state != "declined":
        gone = _("The place on {place} is not kept any more.")
        return Answered(gone.format(place=place), messages.INFO)
    if left.replaces is not None:
        said = (
            _("You left {place}. Your date on {date} stands.")
            if hers
            else _("She left {place}. Her date on {date} stands.")
        )
        stands = moment(left.replaces.slot.starts_at)
        return Answered(said.format(place=place, date=stands), messages.SUCCESS)
    said = (
        _(
            "You left {place}. You keep your place in the line; the next place that suits is "
            "offered to you."
        )
        if hers
        else _(
            "She left {place}. She keeps her place in the line; the next place that suits is "
            "offered to her."
        )
    )
    return Answered(said.format(place=place), messages.SUCCESS)


def _refused(
    request: ActorRequest, found: Offer, refusal: BookingRefused, *, hers: bool
) -> Answered:
    sentences = [kindly(refusal)]
    if not isinstance(refusal, offers.OfferEnded):
        until = until_words(found.expires_at, request.now, request.around.site)
        kept = (
            _("The place is kept for you until {until}.")
            if hers
            else _("The place is kept for her until {until}.")
        )
        sentences.append(kept.format(until=until))
    return Answered(spoken().joined(sentences), messages.ERROR, was_refused=True)
