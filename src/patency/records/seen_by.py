"""The one way to rows: what this actor's site may see, and a trace of who saw whom."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from django.db import models
from django.db.models import F

from patency.core.access import Actor, NotPermitted, Role
from patency.records.ledger import audit_read
from patency.records.models import (
    advice,
    booking,
    comparison,
    entrance,
    exam,
    followup,
    hers,
    images,
    ledger,
    machines,
    message,
    money,
    paperwork,
    people,
    quality,
    release,
    report,
    suggested,
    visit,
    waiting,
)
from patency.records.models.base import Rows

M = TypeVar("M", bound=models.Model)

HER = "_whose"  # the id of the woman a row is about, beside its own columns


class SeenRows(Rows):
    """Rows an actor may see; fetching them writes the audit row of the read."""

    _seen: "Seen | None" = None

    def _clone(self) -> "SeenRows":
        clone: SeenRows = super()._clone()  # type: ignore[misc]
        clone._seen = self._seen
        return clone

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._seen is not None:
            self._seen._note(self.model, self._result_cache or ())

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return the one row, or raise ``DoesNotExist`` in words that say what may be seen."""
        try:
            return super().get(*args, **kwargs)
        except self.model.DoesNotExist:
            if self._seen is None:
                raise
            raise self.model.DoesNotExist(
                self._seen.not_there(self.model, kwargs.get("pk"))
            ) from None

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            "Rows of women are fetched as a whole, so that the read is audited; "
            "filter them, then loop over them."
        )


class _Of(Generic[M]):
    """An attribute of ``Seen``: the rows of one table."""

    def __init__(self, model: type[M]) -> None:
        self.model = model

    @overload
    def __get__(self, seen: None, owner: type["Seen"]) -> "_Of[M]": ...
    @overload
    def __get__(self, seen: "Seen", owner: type["Seen"]) -> "models.QuerySet[M]": ...
    def __get__(self, seen: "Seen | None", owner: type["Seen"]) -> Any:
        return self if seen is None else seen.rows(self.model)


class Seen:
    """What one actor may see, for one reason; made by ``seen_by``."""

    patients = _Of(people.Patient)
    channel_consents = _Of(people.ChannelConsent)
    data_consents = _Of(entrance.DataConsent)
    visits = _Of(visit.Visit)
    periods = _Of(visit.Period)
    answers = _Of(visit.Answer)
    decisions = _Of(visit.Decision)
    overrides = _Of(visit.Override)
    holds = _Of(visit.Hold)
    test_results = _Of(visit.TestResult)
    treatments = _Of(visit.Treatment)
    consents = _Of(paperwork.Consent)
    application_forms = _Of(paperwork.ApplicationForm)
    quotes = _Of(money.Quote)
    payments = _Of(money.Payment)
    refunds = _Of(money.Refund)
    slots = _Of(booking.Slot)
    plans = _Of(booking.Plan)
    bookings = _Of(booking.Booking)
    number_releases = _Of(release.NumberRelease)
    claims = _Of(release.Claim)
    turned_down = _Of(booking.TurnedDown)
    offers = _Of(waiting.Offer)
    wishes = _Of(waiting.Wish)
    urgencies = _Of(waiting.Urgency)
    interventions = _Of(booking.Intervention)
    exam_records = _Of(exam.ExamRecord)
    exam_steps = _Of(exam.ExamStep)
    observations = _Of(exam.Observation)
    antibiotic_choices = _Of(exam.AntibioticChoice)
    dose_follow_ups = _Of(exam.DoseFollowUp)
    findings = _Of(report.Findings)
    findings_drafts = _Of(report.FindingsDraft)
    key_images = _Of(report.KeyImage)
    draft_readings = _Of(suggested.DraftReading)
    judgements = _Of(suggested.Judgement)
    reports = _Of(report.Report)
    critical_findings = _Of(report.CriticalFinding)
    releases = _Of(report.Release)
    follow_ups = _Of(followup.FollowUp)
    diary_entries = _Of(followup.DiaryEntry)
    tasks = _Of(followup.Task)
    pregnancies = _Of(followup.PregnancyEpisode)
    hcg_samples = _Of(followup.HcgSample)
    referrals = _Of(followup.Referral)
    calendar_feeds = _Of(hers.CalendarFeed)
    erasure_wishes = _Of(hers.ErasureWish)
    messages = _Of(message.Message)
    image_files = _Of(images.ImageFile)
    performed_steps = _Of(machines.PerformedStep)
    dose_reports = _Of(machines.DoseReport)
    advices = _Of(advice.Advice)
    comparisons = _Of(comparison.Comparison)
    quality_months = _Of(quality.QualityMonth)
    audits = _Of(ledger.Audit)
    events = _Of(ledger.Event)
    retentions = _Of(ledger.Retention)

    def __init__(self, actor: Actor, why: str, now: datetime) -> None:
        self._actor, self._why, self._now = actor, why, now
        self._noted: set[UUID | None] = set()

    def rows(self, model: type[models.Model]) -> Any:
        """Return the rows of one table; another site's, and another woman's, do not exist."""
        rows = SeenRows(model)
        rows._seen = self
        rows = rows.filter(site=self._actor.site)
        way: str | None = getattr(model, "WOMAN", None)
        if way is not None and model is not people.Patient:
            rows = rows.annotate(**{HER: F(way)})
        if self._actor.patient_id is None:
            # A sign-in of a woman that is tied to nobody sees nobody, rather than everybody.
            return rows.none() if self._actor.roles <= {Role.PATIENT} else rows
        if model is people.Patient:
            return rows.filter(pk=self._actor.patient_id)
        if way is not None:
            return rows.filter(**{way: self._actor.patient_id})
        return rows if model in (booking.Slot, release.NumberRelease) else rows.none()

    def not_there(self, model: type[models.Model], key: object) -> str:
        """Return the refusal of a row that this actor may not see or that nobody has."""
        named = " ".join(filter(None, [str(model._meta.verbose_name), str(key or "")]))
        return (
            f"There is no {named} at {self._actor.site} that {self._actor.name} may see. Rows of "
            "one's own site are seen, and by a woman her own; open it from a list of your own site."
        )

    def _note(self, model: type[models.Model], found: Iterable[Any]) -> None:
        if getattr(model, "WOMAN", None) is None:
            return
        new = {_whose(row) for row in found} - self._noted
        if new:
            audit_read(
                by=self._actor,
                now=self._now,
                patients=sorted(new, key=str),
                why=self._why,
                what=[str(model._meta.model_name)],
            )
            self._noted |= new


def seen_by(actor: Actor, why: str, *, now: datetime) -> Seen:
    """Return the rows this actor may see, for the reason ``why``.

    Only the rows of the actor's site, and for a woman only her own: any other patient does not
    exist (``Patient.DoesNotExist``). The first row of each woman that is fetched writes one audit
    row; a list of values that names no woman writes one for the list. Counting is not audited.
    """
    if not why.strip():
        raise ValueError(
            f"{actor.name} asked to see rows without a reason; give one in a few words, "
            'such as "check-in", because it is written to the audit.'
        )
    return Seen(actor, why, now)


def check_own_site(actor: Actor, site: str) -> None:
    """Return nothing, or raise ``NotPermitted`` for someone who acts at another site."""
    if actor.site != site:
        raise NotPermitted(
            f"{actor.name} acts at {actor.site}, and this is done for {site} by its own people and "
            "jobs only. Ask someone there."
        )


def _whose(row: Any) -> UUID | None:
    """Return the woman a fetched row is about; None for bare values and rows of no woman."""
    if isinstance(row, dict):
        found = row.get(HER)
        return found if isinstance(found, UUID) else None
    if isinstance(row, people.Patient):
        return row.pk
    found = getattr(row, HER, None)
    return found if isinstance(found, UUID) else None
