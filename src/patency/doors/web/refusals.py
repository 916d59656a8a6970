"""What a service refuses, in a kind sentence: what is so, and what to do next."""

from collections.abc import Mapping

from patency.service import (
    aftercare,
    arrival,
    booking,
    cycles,
    journey,
    laboratory,
    numbers,
    offers,
    paperwork,
    payment,
    planning,
    registration,
    release,
    screening,
    slots,
    waiting,
)

REFUSALS: Mapping[type[Exception], str] = {
    aftercare.AftercareRefused: "This could not be kept. If you are worried, call the clinic.",
    aftercare.NoExamination: "There was no examination to follow up.",
    aftercare.EntryRefused: "The diary has no such day, or an answer is not one we can read. "
    "Choose a day from the day of the examination to today.",
    aftercare.StillOpen: "Something is still to be done before this can be closed.",
    arrival.ArrivalRefused: "She could not be checked in.",
    arrival.NotHerDay: "She has no examination that stands today. Look at her dates.",
    arrival.NotOver: "Her time has not passed yet, so it cannot be missed.",
    booking.BookingRefused: "This date could not be given.",
    booking.NotCleared: "This date is not given yet: something still stands in the way.",
    booking.OutsideWindow: "This day does not suit this cycle. Choose one of the others.",
    booking.NoPeriodTold: "Days are counted from the first day of a period. Tell it first.",
    booking.SlotTaken: "Someone has just taken that time. Here are the others.",
    booking.SlotPassed: "That time has passed. Here are the others.",
    booking.AlreadyBooked: "There is a date already; it is moved, not doubled.",
    booking.NothingBooked: "This date is not to come any more.",
    cycles.CycleRefused: "These days cannot be right. Check them with her.",
    cycles.DayImpossible: "This day cannot be right: it is in the future, before the period began, "
    "or too long ago. Check the day.",
    cycles.PeriodsOverlap: "This is too close to another period that was told. Bleeding in between "
    "is not a new period; check both days.",
    cycles.NoPeriodYet: "No period is told yet. Tell its first day first.",
    cycles.BleedingInPregnancy: "You told us of a pregnancy. Bleeding now is looked at today: call "
    "us now, at the number below. With pain, dizziness, fainting or pain at the shoulder call the "
    "emergency number. What you told is kept.",
    cycles.OnePerCycle: "Something was done inside the womb in this cycle already. Wait for the "
    "next period.",
    journey.AnswersRefused: "One of the answers cannot be taken as it is. Nothing was kept.",
    laboratory.TestRefused: "The test was not taken down. Check its times and parts.",
    laboratory.SpecimenRefused: "This specimen says nothing: it was taken during bleeding, or was "
    "spoiled. Take another when that is over.",
    laboratory.RetestRefused: "The retest comes too early: something is still missing before it.",
    numbers.NumberRefused: "Nothing was changed.",
    numbers.NoTicket: "There is no number to ask for here, as things stand.",
    numbers.DayDoesNotSuit: "This clinic day does not suit this cycle; another may.",
    numbers.NoNumber: "There is no number to give back.",
    release.ReleaseRefused: "These numbers cannot be announced like that.",
    release.NoPlaces: "No clinic place of that day is free to be released. Open times first.",
    offers.NotReady: "No place can be kept yet: the test is to be passed first.",
    offers.HoldsAnOffer: "Another place is kept already. It is answered first, or it ends.",
    offers.OfferEnded: "This place is not kept any more. The next one that suits is offered.",
    paperwork.PaperworkRefused: "This paper could not be taken. Look at what is missing.",
    paperwork.ConsentStands: "Her consent stands already; nothing more is to be signed.",
    paperwork.NothingSigned: "There is no consent that could be withdrawn.",
    paperwork.GatesClosed: "The application is not made yet: something still stands in the way.",
    payment.PaymentRefused: "The payment was not taken. Choose how she pays.",
    payment.NoPrice: "This site's list has no price for it today. Tell the clinic manager.",
    payment.QuoteExpired: "The price she was told does not stand any more. Tell her today's.",
    payment.AlreadyPaid: "This is paid already; look at the receipt.",
    payment.AlreadyRefunded: "She has her money back already.",
    payment.DateStands: "Money goes back once her date is given up.",
    planning.PlanningRefused: "This site gives its days by hand; no plan is made by itself.",
    registration.RegistrationRefused: "She was not registered.",
    registration.DetailsRefused: "Something she gave cannot be right.",
    registration.AlreadyRegistered: "She is known here already. Find her by her number and open "
    "a new visit there.",
    registration.VisitStillOpen: "She has a visit that is not over; go on with that one.",
    screening.ScreeningRefused: "This could not be taken down.",
    screening.AlreadyOverridden: "Someone has overridden this rule already.",
    screening.DaysImpossible: "These days cannot be right: a treatment begins by today and ends "
    "on or after its start.",
    screening.HoldStands: "She stays on hold: a reason still stands, or a question is open.",
    screening.NothingToOverride: "This rule did not fire here. An open question is answered, "
    "never overridden.",
    screening.NotOnHold: "She is not on hold, so there is nothing to release.",
    waiting.WaitingRefused: "One of the wishes is none this clinic knows. Nothing was changed; "
    "choose from those on the page.",
    slots.SlotsRefused: "These times could not be opened or closed as asked. Nothing was changed.",
    screening.TooLate: "The examination has begun, so the questions before it are closed.",
}


def kindly(refusal: Exception) -> str:
    """Return the sentence for a refusal; the nearest kind of it that has one speaks."""
    for kind in type(refusal).__mro__:
        if kind in REFUSALS:
            return REFUSALS[kind]
    return "This could not be done. Nothing was changed."


def refused(refusal: Exception) -> dict[str, object]:
    """Return what a staff page shows: the sentence, and exactly what the service said."""
    return {"problem": kindly(refusal), "detail": str(refusal)}
