"""The answer to a place that is kept: the one service call it becomes, and what came of it."""

from dataclasses import dataclass

from django.contrib import messages

from patency.doors.web.asking import ActorRequest
from patency.doors.web.her_line import until_words
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
            whose = "yours" if hers else "hers"
            return Answered(
                f"This date is {whose}: {moment(made.slot.starts_at)}.", messages.SUCCESS
            )
        if choice == LEAVE:
            left = offers.decline(request.house, found.pk, by=request.actor, now=request.now)
            return _left(left, hers=hers)
    except BookingRefused as refusal:
        return _refused(request, found, refusal, hers=hers)
    return Answered("Choose whether the place is taken or left.", messages.INFO)


def _left(left: Offer, *, hers: bool) -> Answered:
    you, your = ("You", "your") if hers else ("She", "her")
    place = moment(left.slot.starts_at)
    if left.state != "declined":
        return Answered(f"The place on {place} is not kept any more.", messages.INFO)
    if left.replaces is not None:
        stands = moment(left.replaces.slot.starts_at)
        return Answered(
            f"{you} left {place}. {your.capitalize()} date on {stands} stands.", messages.SUCCESS
        )
    keeps = "keep" if hers else "keeps"
    return Answered(
        f"{you} left {place}. {you} {keeps} {your} place in the line; the next place that suits "
        f"is offered to {'you' if hers else 'her'}.",
        messages.SUCCESS,
    )


def _refused(
    request: ActorRequest, found: Offer, refusal: BookingRefused, *, hers: bool
) -> Answered:
    sentence = kindly(refusal)
    if not isinstance(refusal, offers.OfferEnded):
        until = until_words(found.expires_at, request.now, request.around.site)
        sentence += f" The place is kept for {'you' if hers else 'her'} until {until}."
    return Answered(sentence, messages.ERROR, was_refused=True)
