"""Findings and the record of the day to the sections of a report and its plain-language page."""

from collections.abc import Iterator

from patency.core.findings.classes import classified
from patency.core.findings.codes import coded
from patency.core.findings.model import (
    CAME_OUT,
    KEY_IMAGES,
    Cavity,
    Findings,
    NotDiagnostic,
    Shape,
    Side,
    Spill,
    Tube,
)
from patency.core.report.accuracy import ACCURACY
from patency.core.report.model import Composed, Header, Impression, Material, Section, Technique
from patency.core.report.pathway import pathways
from patency.core.report.plain import plain_page
from patency.core.report.words import ReportWords, one_of_few, say


def compose(material: Material, words: ReportWords, hers: ReportWords) -> Composed:
    """Return the report in the clinic's words, with the plain page in hers.

    Nothing is left away: what was not recorded is said not to be recorded. A tube that did not
    fill at the horn is never called closed.
    """
    ways = pathways(material.findings, medium=material.technique.medium)
    impression = tuple(_impression(material.findings, words))
    parts: dict[str, Iterator[str]] = {
        "header": _header(material.header, words),
        "technique": _technique(material, words),
        "dose": _dose(material.technique, words),
        "cervix": _cervix(material.findings, words),
        "cavity": _cavity(material.findings, words),
        "right": _tube(material.findings.right, words),
        "left": _tube(material.findings.left, words),
        "peritoneum": _peritoneum(material.findings, words),
        "events": _events(material.technique, material.findings, words),
        "limitations": _limitations(material, words),
        "impression": _conclusion(impression, material.findings, words),
        "recommendation": (say(words, f"do-{way}") for way in ways),
        "accuracy": _accuracy(words),
    }
    return Composed(
        tuple(
            Section(name, say(words, f"title-{name}"), tuple(lines))
            for name, lines in parts.items()
        ),
        impression,
        ways,
        say(hers, "plain-title"),
        plain_page(material, ways, hers),
    )


def _header(header: Header, words: ReportWords) -> Iterator[str]:
    yield say(words, "header-what", number=header.number, day=header.exam_day)
    if header.indication:
        yield say(
            words,
            "header-indication",
            indication=one_of_few(words, "indication", header.indication),
        )
    if header.period_start is None or header.bleeding_ended is None:
        yield say(words, "header-cycle-unknown")
    else:
        yield say(
            words,
            "header-cycle",
            cycle_day=(header.exam_day - header.period_start).days + 1,
            period_start=header.period_start,
            bleeding_ended=header.bleeding_ended,
        )
    if header.pregnancy_test:
        yield say(
            words,
            "header-pregnancy",
            result=one_of_few(words, "result", header.pregnancy_test),
            at=header.pregnancy_test_read_at or say(words, "not-recorded"),
        )
    else:
        yield say(words, "header-pregnancy-unknown")
    yield say(words, "header-protocol", protocol=header.protocol)


def _technique(material: Material, words: ReportWords) -> Iterator[str]:
    technique, findings = material.technique, material.findings
    yield say(
        words,
        "technique-who",
        operator=technique.operator,
        device=technique.device,
        seal=one_of_few(words, "seal", technique.seal),
    )
    if technique.total_ml > 0:
        yield say(
            words,
            "technique-contrast",
            agent=technique.agent,
            medium=say(words, f"medium-{technique.medium}"),
            lot=technique.lot,
            iodine=technique.iodine_mg_per_ml,
            increments=" + ".join(f"{each:g}" for each in technique.increments),
            total=f"{technique.total_ml:g}",
        )
    else:
        yield say(words, "technique-no-contrast")
    if findings.key_images:
        yield say(words, "technique-images", images=_numbers(findings.key_images))
    else:
        yield say(words, "technique-no-images")
    if material.chosen:
        frames = (say(words, "frame-of-run", run=run, frame=at) for run, at in material.chosen)
        yield say(words, "technique-chosen", frames="; ".join(frames))
    given = one_of_few(words, "anaesthesia", technique.anaesthesia)
    yield say(words, "technique-anaesthesia", anaesthesia=given)


def _dose(technique: Technique, words: ReportWords) -> Iterator[str]:
    if technique.dap_gy_cm2 is None:
        yield say(words, "dose-unknown")
    else:
        yield say(
            words,
            "dose-dap",
            dap=f"{technique.dap_gy_cm2:g}",
            reference=f"{technique.dap_reference_gy_cm2:g}",
        )
        if technique.dap_gy_cm2 > technique.dap_reference_gy_cm2:
            yield say(words, "dose-above", reason=technique.dap_reason)
    if technique.fluoro_seconds is not None:
        yield say(words, "dose-time", seconds=technique.fluoro_seconds)


def _cervix(findings: Findings, words: ReportWords) -> Iterator[str]:
    yield say(words, "cervix-leak" if findings.leak else "cervix-no-leak")
    if findings.not_diagnostic is NotDiagnostic.CERVICAL_STENOSIS:
        yield say(words, "cervix-stenosis")


def _cavity(findings: Findings, words: ReportWords) -> Iterator[str]:
    cavity = findings.cavity
    if cavity.shape is not Shape.NORMAL or not cavity.defects:
        yield say(words, f"shape-{_word(cavity.shape)}")
    yield from _measured(cavity, words)
    for found in classified(cavity):
        names = _either([say(words, each) for each in found.classes], words)
        kind = f"class-{found.system}" + ("" if found.is_decided else "-open")
        yield say(words, kind, classes=names)
    for defect in sorted(cavity.defects):
        yield say(words, f"defect-{_word(defect)}")
    if cavity.note:
        yield say(words, "said-note", note=cavity.note)


def _either(names: list[str], words: ReportWords) -> str:
    joined = names[0]
    for name in names[1:]:
        joined = say(words, "either", one=joined, other=name)
    return joined


def _measured(cavity: Cavity, words: ReportWords) -> Iterator[str]:
    depth, angle = cavity.indentation_mm, cavity.angle_degrees
    if depth is not None and angle is not None:
        yield say(words, "measured-both", depth=depth, angle=angle)
    elif depth is not None:
        yield say(words, "measured-depth", depth=depth)
    elif angle is not None:
        yield say(words, "measured-angle", angle=angle)


def _tube(tube: Tube, words: ReportWords) -> Iterator[str]:
    yield say(words, f"filled-{_word(tube.filled_to)}")
    if tube.stopped_at_the_horn:
        yield say(words, "cannot-exclude-spasm")
    else:
        yield say(words, f"calibre-{_word(tube.calibre)}")
        yield say(words, f"spill-{_word(tube.spill)}")
    if tube.isthmic_diverticula:
        yield say(words, "diverticula")
    if tube.peritubal:
        yield say(words, "peritubal")
    if tube.note:
        yield say(words, "said-note", note=tube.note)


def _peritoneum(findings: Findings, words: ReportWords) -> Iterator[str]:
    spills = {tube.spill for _, tube in findings.tubes()}
    pockets = [side for side, tube in findings.tubes() if tube.spill is Spill.LOCULATED]
    if spills & {Spill.FREE, Spill.SLOW}:
        yield say(words, "peritoneum-free")
    if pockets:
        sides = ", ".join(say(words, f"side-{side}") for side in pockets)
        yield say(words, "peritoneum-pocket", sides=sides)
    if not spills & CAME_OUT:
        yield say(words, "peritoneum-none")


def _events(technique: Technique, findings: Findings, words: ReportWords) -> Iterator[str]:
    if findings.intravasation_grade:
        yield say(words, "event-intravasation", grade=findings.intravasation_grade)
    if technique.pain_score is None:
        yield say(words, "event-pain-unknown")
    else:
        relief = say(words, "yes" if technique.relief_offered else "no")
        yield say(words, "event-pain", score=technique.pain_score, relief=relief)
    if technique.stopped_early:
        yield say(words, "event-stopped", reason=technique.stop_reason)
    if technique.events:
        yield say(words, "event-other", events=", ".join(technique.events))
    elif not technique.stopped_early and not findings.intravasation_grade:
        yield say(words, "event-none")


def _limitations(material: Material, words: ReportWords) -> Iterator[str]:
    findings = material.findings
    yield say(words, "limit-quality", quality=say(words, f"quality-{findings.quality}"))
    missing = KEY_IMAGES - findings.key_images
    if missing:
        yield say(words, "limit-images", images=_numbers(missing), why=findings.images_missing_why)
    if material.header.after_ovulation_bound:
        yield say(words, "limit-late")
    if findings.not_diagnostic is not None:
        reason = say(words, f"reason-{_word(findings.not_diagnostic)}")
        yield say(words, "limit-not-diagnostic", reason=reason)
    elif not (missing or material.header.after_ovulation_bound or findings.limitations):
        yield say(words, "limit-none")
    if findings.limitations:
        yield say(words, "said-note", note=findings.limitations)


def _impression(findings: Findings, words: ReportWords) -> Iterator[Impression]:
    for each in coded(findings):
        side = say(words, Side(each.side).value.capitalize()) if each.side else ""
        # "Not seen" of a spill is one sentence in its section and another as a conclusion.
        name = "spill-not-seen-tube" if each.what == "spill-not-seen" else each.what
        yield Impression(each.code, say(words, name, side=side))


def _conclusion(
    impression: tuple[Impression, ...], findings: Findings, words: ReportWords
) -> Iterator[str]:
    for each in impression:
        yield f"{each.code}: {each.text}"
    if findings.comment:
        yield say(words, "said-note", note=findings.comment)


def _accuracy(words: ReportWords) -> Iterator[str]:
    yield say(words, "accuracy-intro")
    for each in ACCURACY:
        yield say(
            words,
            "accuracy-line",
            target=say(words, each.target),
            sensitivity=each.sensitivity,
            specificity=each.specificity or say(words, "accuracy-not-stated"),
            source=say(words, each.source),
        )
    yield say(words, "accuracy-adhesions")
    yield say(words, "accuracy-proximal")


def _numbers(images: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(images)))


def _word(value: str) -> str:
    return value.replace(" ", "-")
