"""Documents hold what they were given, in fonts they carry along, the same bytes every time."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from patency.gateways import pdf
from patency.gateways.pdf import NEEDS, NotRendered, renderer

render = renderer()

CLINIC = {
    "name": "Imaging Clinic",
    "place": "2nd floor, room 249",
    "phone": "010-0000-0249",
    "emergency_number": "120",
}
PATIENT = {"number": "PT-7K3M-QX4", "name": "王秀英", "birth_date": "12 March 1992"}
REPORT: dict[str, Any] = {
    "language": "en",
    "clinic": CLINIC,
    "patient": PATIENT,
    "report": {
        "version": 1,
        "status": "signed",
        "exam_day": "Monday 29 September 2025",
        "signed_by": "Dr Example",
        "signed_at": "Tuesday 30 September 2025, 09:20",
    },
    "sections": [
        {"title": "Technique", "rows": [["Dose", "0.84 Gy·cm²"], ["Anaesthesia", "none"]]},
        {
            "title": "Tubes",
            "columns": ["", "Right tube", "Left tube"],
            "rows": [["Spill", "free", "none seen"]],
        },
        {"title": "Conclusion", "main": True, "text": ["Right tube open.", "Left: uncertain."]},
    ],
    "accuracy": "Finds 65 of 100 (Swart 1995).",
    "plain": {
        "title": "In plain words",
        "text": ["We watched where the fluid went."],
        "sections": [{"title": "Your tubes", "points": ["Right: open.", "Left: not sure."]}],
    },
}
RECEIPT: dict[str, Any] = {
    "clinic": CLINIC,
    "patient": PATIENT,
    "receipt": {
        "number": "R-2025-000017",
        "day": "Sunday 28 September 2025",
        "method": "card",
        "taken_by": "cashier-1",
        "total": "CNY 1,000.00",
    },
    "lines": [{"item": "Examination", "amount": "CNY 1,000.00"}],
}
PLAN: dict[str, Any] = {
    "clinic": CLINIC,
    "patient": PATIENT,
    "plan": {
        "exam_day": "Monday 29 September 2025",
        "duty_phone": "010-0000-0120",
        "duty_role": "gynaecologist on duty",
        "emergency_number": "120",
    },
    "days": [
        {"day": "Day 0", "date": "Monday 29 September 2025", "what": ["Rest.", "Write it down."]},
        {"day": "Day 14", "date": "Monday 13 October 2025", "what": ["A bath is fine again."]},
    ],
    "danger": ["you faint"],
    "sources": ["article-001"],
}
ALL = {"report": REPORT, "receipt": RECEIPT, "plan": PLAN}


def with_report(**fields: Any) -> dict[str, Any]:
    return {**REPORT, "report": {**REPORT["report"], **fields}}


def without(values: Mapping[str, Any], path: str) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    left = dict(values)
    if rest:
        left[first] = without(left[first], rest)
    else:
        del left[first]
    return left


def pages_of(name: str, values: Mapping[str, Any]) -> list[str]:
    """Return the text of each page, its lines joined."""
    read = PdfReader(io.BytesIO(render(name, values)))
    return [" ".join(page.extract_text().split()) for page in read.pages]


def text_of(name: str, values: Mapping[str, Any]) -> str:
    return " ".join(pages_of(name, values))


def test_a_report_says_all_it_was_given() -> None:
    medical, plain = pages_of("report", REPORT)

    for said in (
        "Imaging Clinic",
        "王秀英",
        "PT-7K3M-QX4",
        "12 March 1992",
        "0.84 Gy·cm²",
        "Right tube Left tube",
        "Spill free none seen",
        "Right tube open.",
        "Finds 65 of 100 (Swart 1995).",
        "Dr Example",
        "Tuesday 30 September 2025, 09:20",
        "not a certified medical device",
        "own clinicians must check and sign off",
        "Page 1 of 2",
    ):
        assert said in medical
    for said in (
        "We watched where the fluid went.",
        "Left: not sure.",
        "010-0000-0249",
        "call 120",
        "not a certified medical device",
    ):
        assert said in plain


def test_a_draft_says_so_on_every_page_and_a_signed_report_on_none() -> None:
    draft = pages_of("report", with_report(status="draft", signed_by="", signed_at=""))

    assert all("DRAFT" in page and "Not signed" in page for page in draft)
    assert "DRAFT" not in text_of("report", REPORT)


def test_an_amendment_says_what_it_replaces_and_why() -> None:
    values = {
        **with_report(version=2),
        "amendments": [
            {"version": 2, "day": "Wednesday 1 October 2025", "by": "Dr B", "reason": "Read again."}
        ],
    }
    text = text_of("report", values)

    assert "Amended, version 2" in text
    assert "takes the place of the earlier ones" in text
    assert "Read again." in text
    assert "Amended" not in text_of("report", REPORT)


def test_an_old_version_says_that_a_later_one_stands() -> None:
    pages = pages_of("report", with_report(status="amended"))

    assert "A later version of this report stands" in pages[0]
    assert all("REPLACED" in page for page in pages)


def test_a_receipt_has_amounts_with_their_currency_a_number_and_a_date() -> None:
    text = text_of("receipt", RECEIPT)

    for said in ("R-2025-000017", "Sunday 28 September 2025", "CNY 1,000.00", "card", "cashier-1"):
        assert said in text
    assert "Refunded" not in text


def test_a_refund_is_shown_on_the_receipt() -> None:
    refund = {
        "day": "Monday 29 September 2025",
        "amount": "CNY 1,000.00",
        "reason": "put on hold",
        "stays": "CNY 0.00",
    }
    text = text_of("receipt", {**RECEIPT, "refund": refund})

    assert "Refunded on Monday 29 September 2025 CNY 1,000.00. Reason: put on hold" in text
    assert "Stays paid CNY 0.00" in text


def test_a_plan_goes_day_by_day_and_ends_with_whom_to_call() -> None:
    text = text_of("plan", PLAN)

    assert text.index("Day 0") < text.index("Day 14") < text.index("you faint")
    assert "Call 010-0000-0120 (gynaecologist on duty), at any hour." in text


@pytest.mark.parametrize("name", ALL)
def test_every_font_is_embedded(name: str) -> None:
    for page in PdfReader(io.BytesIO(render(name, ALL[name]))).pages:
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
        assert fonts
        for font in fonts:
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            embedded = inner["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(embedded), inner["/BaseFont"]
            assert "NotoSansSC" in inner["/BaseFont"]


@pytest.mark.parametrize("name", ALL)
def test_the_same_values_give_the_same_bytes(name: str) -> None:
    assert renderer()(name, ALL[name]) == renderer()(name, ALL[name])


@pytest.mark.parametrize("name", ALL)
def test_no_name_stands_in_what_a_viewer_shows_of_a_file(name: str) -> None:
    about = PdfReader(io.BytesIO(render(name, ALL[name]))).metadata or {}

    assert about.get("/Title")
    assert "秀英" not in str(dict(about))
    assert "/CreationDate" not in about


@pytest.mark.parametrize(
    "name", ["王秀英", "Ağaoğlu Şükrü", "Nguyễn Thị Bích", "Нгуен Ёлка", "Zoë O’Neil-Łoś"]
)
def test_names_print_as_they_are_spelt(name: str) -> None:
    assert name in text_of("receipt", {**RECEIPT, "patient": {**PATIENT, "name": name}})


def test_a_letter_no_font_has_is_refused_rather_than_left_blank() -> None:
    values = {**RECEIPT, "patient": {**PATIENT, "name": "\U00020bb7野"}}

    with pytest.raises(NotRendered, match="a letter that none of the fonts has") as refused:
        render("receipt", values)
    assert "野" not in str(refused.value)
    assert "\U00020bb7" not in str(refused.value)


def test_nothing_a_person_wrote_is_read_as_markup() -> None:
    odd = '#panic("no") *bold* $x$ <a> @b // c \\ [d] {page}'
    values = {**REPORT, "sections": [{"title": odd, "text": [odd], "rows": [[odd, odd]]}]}

    assert pages_of("report", values)[0].count(odd) == 4


def test_a_report_as_long_as_it_may_be_keeps_all_rows() -> None:
    rows = [[f"Row {number}", "word " * 60] for number in range(60)]
    pages = pages_of("report", {**REPORT, "sections": [{"title": "Long", "rows": rows}]})

    assert all(f"Row {number}" in " ".join(pages) for number in range(60))
    assert all("PT-7K3M-QX4" in page for page in pages)


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, paths in NEEDS.items() for path in paths]
)
def test_what_is_missing_is_named(name: str, path: str) -> None:
    with pytest.raises(NotRendered, match=f"{path} is missing"):
        render(name, without(ALL[name], path))


def test_a_signed_report_needs_its_signer() -> None:
    with pytest.raises(NotRendered, match=r"report\.signed_by, report\.signed_at are missing"):
        render("report", with_report(signed_by="", signed_at=""))


def test_an_unknown_document_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotRendered, match="there are plan, receipt, report"):
        render("letter", {})


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(NotRendered, match="none of draft, signed, amended"):
        render("report", with_report(status="final"))


def test_a_value_that_is_no_text_is_refused_with_its_place() -> None:
    values = {**RECEIPT, "lines": [{"item": "x", "amount": 1000.0}]}

    with pytest.raises(NotRendered, match=r"lines\[\]\.amount is neither text"):
        render("receipt", values)


def test_a_value_of_the_wrong_shape_is_refused_without_saying_it() -> None:
    with pytest.raises(NotRendered, match="could not be made") as refused:
        render("receipt", {**RECEIPT, "lines": ["王秀英"]})
    assert "王秀英" not in str(refused.value)


def test_a_house_without_the_font_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "NODE_FONTS", tmp_path / "none")

    with pytest.raises(NotRendered, match=r"lacks weight 400 and 700 .* PATENCY_FONTS"):
        renderer()("receipt", RECEIPT)
    with pytest.raises(NotRendered, match=f"in {tmp_path}"):
        renderer(str(tmp_path))("receipt", RECEIPT)


def test_a_named_folder_of_fonts_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for weight in ("400Regular", "700Bold"):
        (tmp_path / weight).symlink_to(pdf.NODE_FONTS / weight)
    monkeypatch.setattr(pdf, "NODE_FONTS", tmp_path / "none")

    assert renderer(str(tmp_path))("receipt", RECEIPT).startswith(b"%PDF")


def test_a_language_without_words_falls_back_to_english() -> None:
    assert "Receipt number" in text_of("receipt", {**RECEIPT, "language": "xx-yy"})
