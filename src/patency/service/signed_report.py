"""What was signed, filed with her images as a DICOM report for whoever asks for it."""

from contextlib import ExitStack
from datetime import datetime
from io import BytesIO
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.findings.model import Findings
from patency.gateways.dicomfile import header_of
from patency.records.ledger import remember_change
from patency.records.models.images import FILED, ImageFile
from patency.records.models.report import STANDS, Report
from patency.records.seen_by import seen_by
from patency.service.chosen import chosen_of
from patency.service.examined import newest_findings
from patency.service.house import House
from patency.service.suggested import pictures_of

NAME = "report-v{}.sr.dcm"


def file_signed(house: House, report_id: UUID, *, by: Actor, now: datetime) -> ImageFile | None:
    """Return the file of a signed version, written once; None where there are no images.

    It is complete, final and verified by the signer, and an amendment names what it replaces.
    """
    # highdicom takes a second to load; nobody else waits for it.
    from patency.gateways.signedreport import SignedFindings, write_signed_report

    access.check(by, Action.FILE_IMAGES)
    report: Report = (
        seen_by(by, "file a signed report", now=now)
        .reports.select_related("visit__patient")
        .get(pk=report_id)
    )
    visit = report.visit
    images = pictures_of(visit)
    signed_at = report.signed_at
    if report.status not in STANDS or signed_at is None or not images:
        return None
    there = _filed(report)
    findings = newest_findings(visit, by=signed_at)
    if there is not None or findings is None:
        return there
    words = SignedFindings(
        report=str(report.pk),
        signed_by=report.signed_by,
        signed_at=house.local_at(report.site, signed_at),
        clinic=house.site(report.site).name,
        parts=_parts(findings),
        frames=tuple(
            (each.image.sop_class, each.image.image_uid, each.run, each.frame)
            for each in chosen_of(visit, by=signed_at)
        ),
    )
    store = house.gateways.images
    earlier = _filed(report.previous) if report.previous is not None else None
    with ExitStack() as opened:
        files = [opened.enter_context(store.open(each.sha256)) for each in images]
        before = None if earlier is None else opened.enter_context(store.open(earlier.sha256))
        content = write_signed_report(words, files, before)
    header = header_of(BytesIO(content))
    assert header is not None  # we have just written it
    kept = store.keep(BytesIO(content))
    with transaction.atomic():
        Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
        if (there := _filed(report)) is not None:
            return there
        row: ImageFile = ImageFile.objects.create(
            site=report.site,
            sha256=kept.sha256,
            size=kept.size,
            name=NAME.format(report.version),
            is_dicom=True,
            arrived_at=now,
            arrived_by=by.name,
            told_number=header.told.number,
            told_name=header.told.name,
            told_birth_date=header.told.birth_date,
            told_accession=header.told.accession,
            study_uid=header.told.study_uid,
            image_uid=header.told.image_uid,
            series_uid=header.series_uid,
            sop_class=header.sop_class,
            transfer_syntax=header.transfer_syntax,
            modality=header.modality,
            says=dict(header.says),
            state=FILED,
            visit=visit,
            patient=visit.patient,
            filed_at=now,
            filed_by=report.signed_by,
        )
        remember_change(
            row,
            "signed-report-filed",
            by=by,
            now=now,
            fields=["image_file"],
            payload={"report": report.pk},
        )
    return row


def _filed(report: Report) -> ImageFile | None:
    rows = ImageFile.objects.filter(visit_id=report.visit_id, modality="SR", state=FILED)
    found: ImageFile | None = rows.filter(name=NAME.format(report.version)).first()
    return found


def _parts(findings: Findings) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    sides = []
    for side, tube in findings.tubes():
        passed = "passed" if tube.is_patent else "not passed"
        seen = tube.spill.value != "not seen"
        sides.append(
            (
                side.value,
                (
                    ("Passage of contrast", passed if seen else "could not be told"),
                    ("Filled to", tube.filled_to.value),
                    ("Spill", tube.spill.value),
                    ("Width", tube.calibre.value),
                ),
            )
        )
    defects = [("Filling defect", each.value) for each in sorted(findings.cavity.defects)]
    cavity = (
        ("Shape of the cavity", findings.cavity.shape.value),
        *defects,
        ("Leak at the cervix", "yes" if findings.leak else "no"),
        ("Intravasation grade", str(findings.intravasation_grade)),
        ("Quality of the images", findings.quality.value),
    )
    return (*sides, ("cavity", cavity))
