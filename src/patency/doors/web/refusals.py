"""What a service refuses, in a kind sentence: what is so, and what to do next."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patency.doors.web.languages import spoken
from patency.service import (
    aftercare,
    approval,
    arrival,
    booking,
    calendar_feed,
    comparison,
    critical,
    cycles,
    dosing,
    drafting,
    erasure,
    examination,
    imaging,
    journey,
    key_images,
    laboratory,
    lost,
    numbers,
    offers,
    paperwork,
    payment,
    performed,
    pickup,
    planning,
    pregnancy,
    referral,
    registration,
    release,
    reporting,
    screening,
    slots,
    suggesting,
    table,
    told_wrong,
    waiting,
)

REFUSALS: Mapping[type[Exception], str | Promise] = {
    aftercare.AftercareRefused: _("This could not be kept. If you are worried, call the clinic."),
    aftercare.NoExamination: _("There was no examination to follow up."),
    aftercare.EntryRefused: _(
        "The diary has no such day, or an answer is not one we can read. "
        "Choose a day from the day of the examination to today."
    ),
    aftercare.StillOpen: _("Something is still to be done before this can be closed."),
    approval.ApprovalRefused: _("An approval needs its reason. Write why, then send it again."),
    approval.NothingToApprove: _(
        "This is no day of this cycle that an approval would open. Choose one of those below."
    ),
    arrival.ArrivalRefused: _("She could not be checked in."),
    arrival.NotHerDay: _("She has no examination that stands today. Look at her dates."),
    arrival.ExamBegun: _(
        "The examination has begun. Tell the people in the room; if it must be stopped, they stop "
        "it there."
    ),
    arrival.NotOver: _("Her time has not passed yet, so it cannot be missed."),
    booking.BookingRefused: _("This date could not be given."),
    booking.NotCleared: _("This date is not given yet: something still stands in the way."),
    booking.OutsideWindow: _("This day does not suit this cycle. Choose one of the others."),
    booking.NoPeriodTold: _("Days are counted from the first day of a period. Tell it first."),
    booking.SlotTaken: _("Someone has just taken that time. Here are the others."),
    booking.SlotPassed: _("That time has passed. Here are the others."),
    booking.AlreadyBooked: _("There is a date already; it is moved, not doubled."),
    booking.SeenToFirst: _(
        "Something is to be seen to first; the reasons say what. Nothing was taken."
    ),
    booking.NothingBooked: _("This date is not to come any more."),
    comparison.ComparisonRefused: _("These versions cannot be compared."),
    comparison.SameVersion: _("A version differs in nothing from itself. Choose two versions."),
    comparison.NothingSince: _("This day lies ahead. Choose a day that has passed."),
    critical.CriticalRefused: _(
        "A critical finding says what it is, or who heard it and how, in a few words."
    ),
    key_images.KeyImageRefused: _("This frame cannot be a key image of this report."),
    key_images.NoReportToWrite: _("There is no examination to report on, or its visit is closed."),
    key_images.TooManyKeyImages: _(
        "A report names at most 24 key images. Remove one, then choose another."
    ),
    drafting.DraftingRefused: _("This draft could not be saved. What you picked is still here."),
    drafting.NothingToReport: _("There is no examination to report on, or its visit is closed."),
    drafting.TooLong: _("More was typed than a report holds. Shorten the notes."),
    imaging.ImagingRefused: _("This could not be done with the file. It is kept as it was."),
    imaging.NothingHandedOver: _(
        "No file was read: none was chosen, or the pack is empty, damaged, locked or too large. "
        "Choose DICOM files, or a CD as one zip file without a password."
    ),
    imaging.NotSafe: _(
        "The file could not be written down, so it does not count as received. Tell the "
        "administrator, and hand it over again."
    ),
    imaging.AlreadyFiled: _("Someone has filed it already. Look at it there."),
    imaging.ReasonMissing: _("Not everything agrees. Say why all the same; it is written down."),
    lost.LostRefused: _("This is not as it was a moment ago. Look at her weeks again."),
    lost.NotTriedEnough: _(
        "Not yet: she is looked for at least three times, on different days. Say how and how often."
    ),
    lost.PregnancyOpen: _(
        "A pregnancy is followed here. Close that one as lost first; it is escalated the same day."
    ),
    performed.StepRefused: _("This could not be done with the step. It is kept as it was."),
    performed.StepIsHers: _("Someone has filed it already. Look at it there."),
    performed.StepReasonMissing: _(
        "Not everything agrees. Say why all the same; it is written down."
    ),
    pickup.PickupRefused: _("The report was not printed."),
    pickup.CodeNotKnown: _(
        "No report waits under this code. Read it again, or give her a new code."
    ),
    pickup.CodeLocked: _(
        "This code is locked: the date of birth was wrong too often. Check who asks, then give her "
        "a new code."
    ),
    pickup.NoCopiesLeft: _("Every copy of this code was printed. A new code prints more."),
    pickup.PrinterNotReady: _(
        "The printer does not print now, so no code was used. Look at it, or print elsewhere."
    ),
    pickup.NoMachine: _("This site has no pick-up machine; the desk hands reports out."),
    pickup.MachineClosed: _("The pick-up machine is closed now; the desk hands reports out."),
    pickup.TooManyWrongCodes: _(
        "The pick-up machine waits: too many unknown codes were typed there."
    ),
    pickup.WrongBirthDate: _("The date of birth is not that of the woman of this code."),
    pickup.NothingToPickUp: _("Her report is not out yet, so there is no code to renew."),
    pickup.NotHer: _(
        "The date of birth is not the one we keep. Ask her again; where ours is wrong, correct it "
        "in her record first."
    ),
    calendar_feed.CalendarRefused: _(
        "The calendar was not made. Choose one of the words on the page."
    ),
    calendar_feed.NoCalendar: _("No calendar has this address."),
    erasure.ErasureRefused: _("Nothing was erased or locked."),
    erasure.VisitNotOver: _(
        "Nothing was erased: somebody still waits for her. Close the visit and the follow-up first."
    ),
    erasure.NothingAsked: _("There is no wish of hers to take back."),
    pregnancy.EpisodeRefused: _(
        "This could not be kept. Check the day, the time and the value with her."
    ),
    pregnancy.EpisodeOpen: _("A pregnancy is followed already; go on with that one."),
    pregnancy.EpisodeOver: _("This pregnancy has its outcome; a new test begins a new one."),
    referral.ReferralRefused: _("The referral was not kept. Choose the clinic and a reason."),
    referral.AlreadyAnswered: _("Its answer is kept already; a second one needs a new referral."),
    reporting.ReportingRefused: _(
        "This report could not be kept as it is. Say why, and try again."
    ),
    reporting.NotExamined: _(
        "There is no examination to report on, or its report is signed: then it is amended."
    ),
    reporting.FindingsDisagree: _("The findings contradict one another. The checks say where."),
    reporting.AlreadySigned: _("Someone has signed it already. To change it, amend it."),
    reporting.NothingToSign: _(
        "The findings changed since this was written. Keep them again, read it, and sign that."
    ),
    reporting.SuggestionsOpen: _(
        "Not signed: the draft reading suggests something that you have not accepted, corrected "
        "or rejected yet. Do so in the report editor, then sign."
    ),
    suggesting.SuggestingRefused: _("This could not be done with the draft reading."),
    suggesting.AssistOff: _("This site has draft readings switched off."),
    suggesting.NothingToRead: _(
        "There are no images of this visit to read. File them with it first."
    ),
    suggesting.NothingSuggested: _(
        "The draft reading suggests nothing of this any more. Look at the page again."
    ),
    suggesting.NotAValue: _("Say what you see first: choose one of the words beside the button."),
    suggesting.SideNotSaid: _(
        "No marker told the sides. Say first which of her tubes stands at the left of the picture."
    ),
    reporting.NotReady: _(
        "The report does not go out yet: its day has not come, it is held back, or she must be "
        "told something first. Before its day it needs a clinician's reason."
    ),
    cycles.CycleRefused: _("These days cannot be right. Check them with her."),
    cycles.DayImpossible: _(
        "This day cannot be right: it is in the future, before the period began, "
        "or too long ago. Check the day."
    ),
    cycles.PeriodsOverlap: _(
        "This is too close to another period that was told. Bleeding in between "
        "is not a new period; check both days."
    ),
    cycles.NoPeriodYet: _("No period is told yet. Tell its first day first."),
    cycles.BleedingInPregnancy: _(
        "You told us of a pregnancy. Bleeding now is looked at today: call "
        "us now, at the number below. With pain, dizziness, fainting or pain at the shoulder call "
        "the emergency number. What you told is kept."
    ),
    cycles.OnePerCycle: _(
        "Something was done inside the womb in this cycle already. Wait for the next period."
    ),
    examination.ExaminationRefused: _("This could not be recorded. Nothing was changed."),
    examination.NotArrived: _(
        "She is not checked in, or her examination is recorded already. Look at her record."
    ),
    dosing.DosingRefused: _("The reason was not kept."),
    dosing.NoReasonSaid: _("Write in a few words why the dose was above the reference."),
    dosing.ReasonThere: _("A reason stands in the record already. Read it there."),
    examination.RecordRefused: _("Something in this record cannot be right. Nothing was kept."),
    examination.OilWithoutLiveImaging: _(
        "Oil contrast without live images is not recorded as an examination. Oil is given only "
        "while it is watched: use water contrast, or wait for live images, and report what "
        "happened as an incident."
    ),
    examination.OilOverMaximum: _(
        "Hard stop: this is more oil than is allowed in one examination here. Stop injecting and "
        "check the amount. If it was given, a consultant records it with a reason."
    ),
    examination.SecondIntervention: _(
        "Something was already done inside the womb in this cycle, and one such examination is "
        "allowed per cycle. A consultant may override that rule before the examination."
    ),
    examination.AntibioticsRefused: _(
        "This choice is not kept: both checks come before any dose, a drug is chosen when it is "
        "given, and where the reasons speak the other way the prescriber gives one."
    ),
    examination.TooEarlyToLeave: _("It is too early. Stay with her until the time below."),
    table.StepRefused: _("This step was not written down. Nothing was changed."),
    table.NotOnTheTable: _(
        "She has not arrived, or her examination is recorded already. Look at her record."
    ),
    journey.AnswersRefused: _("One of the answers cannot be taken as it is. Nothing was kept."),
    laboratory.TestRefused: _("The test was not taken down. Check its times and parts."),
    laboratory.SpecimenRefused: _(
        "This specimen says nothing: it was taken during bleeding, or was "
        "spoiled. Take another when that is over."
    ),
    laboratory.RetestRefused: _(
        "The retest comes too early: something is still missing before it."
    ),
    numbers.NumberRefused: _("Nothing was changed."),
    numbers.NoTicket: _("There is no number to ask for here, as things stand."),
    numbers.DayDoesNotSuit: _("This clinic day does not suit this cycle; another may."),
    numbers.NoNumber: _("There is no number to give back."),
    release.ReleaseRefused: _("These numbers cannot be announced like that."),
    release.ClinicClosed: _("The clinic is closed on that day. Choose an open day."),
    release.TooLate: _("It is too late for that day's numbers. Choose a later day."),
    release.NoPlaces: _("No clinic place of that day is free to be released. Open times first."),
    offers.NotReady: _("No place can be kept yet: the test is to be passed first."),
    offers.HoldsAnOffer: _("Another place is kept already. It is answered first, or it ends."),
    offers.OfferEnded: _("This place is not kept any more. The next one that suits is offered."),
    paperwork.PaperworkRefused: _("This paper could not be taken. Look at what is missing."),
    paperwork.ConsentStands: _("Her consent stands already; nothing more is to be signed."),
    paperwork.WishesNotAsked: _(
        "Ask her whether she wants a chaperone, and who should do the examination. No is an answer."
    ),
    paperwork.NotHerName: _(
        "This is not the name on her record. Check whose page this is. If she signs with another "
        "name, tick that you saw who she is."
    ),
    paperwork.NothingSigned: _("There is no consent that could be withdrawn."),
    paperwork.GatesClosed: _("The application is not made yet: something still stands in the way."),
    payment.PaymentRefused: _("The payment was not taken. Choose how she pays."),
    payment.NoPrice: _("This site's list has no price for it today. Tell the clinic manager."),
    payment.QuoteExpired: _("The price she was told does not stand any more. Tell her today's."),
    payment.AlreadyPaid: _("This is paid already; look at the receipt."),
    payment.AlreadyRefunded: _("She has her money back already."),
    payment.DateStands: _("Money goes back once her date is given up."),
    planning.PlanningRefused: _("This site gives its days by hand; no plan is made by itself."),
    registration.RegistrationRefused: _("She was not registered."),
    registration.DetailsRefused: _("Something she gave cannot be right."),
    registration.AlreadyRegistered: _(
        "She is known here already. Find her by her number and open a new visit there."
    ),
    registration.VisitStillOpen: _("She has a visit that is not over; go on with that one."),
    screening.ScreeningRefused: _("This could not be taken down."),
    screening.AlreadyOverridden: _("Someone has overridden this rule already."),
    screening.DaysImpossible: _(
        "These days cannot be right: a treatment begins by today and ends on or after its start."
    ),
    screening.HoldStands: _("She stays on hold: a reason still stands, or a question is open."),
    screening.NothingToOverride: _(
        "This rule did not fire here. An open question is answered, never overridden."
    ),
    screening.NotOnHold: _("She is not on hold, so there is nothing to release."),
    waiting.WaitingRefused: _(
        "One of the wishes is none this clinic knows. Nothing was changed; "
        "choose from those on the page."
    ),
    slots.SlotsRefused: _(
        "These times could not be opened or closed as asked. Nothing was changed."
    ),
    told_wrong.NotTakenBack: _(
        "This cannot be taken back any more: something rests on it already. Call us; we look at "
        "your days together and correct them."
    ),
    screening.TooLate: _("The examination has begun, so the questions before it are closed."),
}


def kindly(refusal: Exception) -> str:
    """Return the sentence for a refusal; the nearest kind of it that has one speaks."""
    for kind in type(refusal).__mro__:
        if kind in REFUSALS:
            return str(REFUSALS[kind])
    return gettext("This could not be done. Nothing was changed.")


def refused(refusal: Exception) -> dict[str, object]:
    """Return what a staff page shows: the sentence, and exactly what the service said.

    The services speak the first language, so that stands on pages in it alone.
    """
    is_first = spoken() == next(iter(settings.SPEAKS.values()))
    return {"problem": kindly(refusal), "detail": str(refusal) if is_first else ""}
