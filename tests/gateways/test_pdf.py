"""Documents hold what they were given, in fonts they carry along, the same bytes every time."""

import io
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from patency.config.data import DATA
from patency.config.languages import read_languages
from patency.gateways import pdf
from patency.gateways.pdf import NEEDS, NotRendered, renderer

LANGUAGES = read_languages(DATA / "locale")
render = renderer(LANGUAGES)

HERS: dict[str, Any] = {
    "language": "en",
    "site": "Imaging Clinic",
    "place": "2nd floor, room 249",
    "phone": "010-0000-0249",
    "emergency_number": "120",
    "patient_number": "PT-7K3M-QX4",
    "patient_name": "王秀英",
}
REPORT: dict[str, Any] = {
    **HERS,
    "birth_date": "1992-03-12",
    "exam_day": "2025-09-29",
    "version": 1,
    "status": "signed",
    "signed_by": "Dr Example",
    "signed_at": "2025-09-30",
    "sections": {
        "sections": [
            {"id": "dose", "title": "Radiation dose", "text": ["0.84 Gy·cm²; below 2."]},
            {"id": "right", "title": "Right tube", "text": ["It filled to its end.", "Free."]},
            {"id": "left", "title": "Left tube", "text": ["It filled to the ampulla."]},
            {
                "id": "impression",
                "title": "Impression",
                "main": True,
                "text": ["T-R-PAT: right tube open."],
            },
            {"id": "accuracy", "title": "How sure this is", "text": ["65 % (Swart 1995)."]},
        ],
        "impression": [{"code": "T-R-PAT", "text": "right tube open."}],
    },
    "plain": {
        "title": "In plain words",
        "sections": [
            {"id": "plain-seen", "title": "What was seen", "text": ["Right: open.", "Left: no."]}
        ],
    },
}
RECEIPT: dict[str, Any] = {
    **HERS,
    "receipt_number": "R-20250928-0017",
    "paid_on": "2025-09-28",
    "method": "card",
    "taken_by": "cashier-1",
    "amount": "CNY 1,000.00",
    "lines": [{"what": "Examination", "amount": "CNY 1,000.00"}],
    "refunded": None,
}
PLAN: dict[str, Any] = {
    **HERS,
    "exam_day": "2025-09-29",
    "duty_phone": "010-0000-0120",
    "duty_role": "gynaecologist on duty",
    "items": [
        {
            "what": "no-bath",
            "first_day": "2025-09-29",
            "last_day": "2025-10-13",
            "provenance": "both articles",
            "standing": "convention",
        },
        {"what": "check-in", "first_day": "2025-09-30", "last_day": "2025-09-30"},
    ],
}
REFERRAL: dict[str, Any] = {
    **HERS,
    "birth_date": "1992-03-12",
    "exam_day": "2025-09-29",
    "to": "endocrine",
    "why": ["refer-hormones", "a-reason-of-ours"],
    "made_on": "2025-10-06",
    "answer_due": "2025-10-20",
    "impression": ["Right tube: open with free spill."],
    "signed_by": "Dr Reader",
    "from": "Dr Example",
}
ALL = {"report": REPORT, "receipt": RECEIPT, "plan": PLAN, "referral": REFERRAL}


def with_report(**fields: Any) -> dict[str, Any]:
    return {**REPORT, **fields}


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
        "1992-03-12",
        "Monday 29 September 2025",
        "0.84 Gy·cm²; below 2.",
        "Right tube",
        "It filled to its end.",
        "It filled to the ampulla.",
        "T-R-PAT: right tube open.",
        "65 % (Swart 1995).",
        "Dr Example",
        "Tuesday 30 September 2025",
        "not a certified medical device",
        "own clinicians must check and sign off",
        "Page 1 of 2",
    ):
        assert said in medical
    for said in (
        "In plain words",
        "What was seen",
        "Left: no.",
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
        "amendments": [{"version": 2, "day": "2025-10-01", "by": "Dr B", "reason": "Read again."}],
    }
    text = text_of("report", values)

    assert "Amended, version 2" in text
    assert "takes the place of the earlier ones" in text
    assert "Wednesday 1 October" in text
    assert "Read again." in text
    assert "Amended" not in text_of("report", REPORT)


def test_an_old_version_says_that_a_later_one_stands() -> None:
    pages = pages_of("report", with_report(status="amended"))

    assert "A later version of this report stands" in pages[0]
    assert all("REPLACED" in page for page in pages)


def test_a_receipt_has_amounts_with_their_currency_a_number_and_a_date() -> None:
    text = text_of("receipt", RECEIPT)

    for said in (
        "R-20250928-0017",
        "Sunday 28 September 2025",
        "CNY 1,000.00",
        "Card",
        "cashier-1",
    ):
        assert said in text
    assert "Refunded" not in text


def test_an_item_of_the_price_list_is_printed_in_words() -> None:
    lines = [{"what": "hsg", "amount": "CNY 1,000.00"}, {"what": "Film", "amount": "CNY 1.00"}]
    text = text_of("receipt", {**RECEIPT, "lines": lines})

    assert "X-ray examination of womb and tubes (HSG) CNY 1,000.00" in text
    assert "Film CNY 1.00" in text


def test_a_refund_is_shown_on_the_receipt() -> None:
    refunded = {"on": "2025-09-29", "amount": "CNY 1,000.00"}
    text = text_of("receipt", {**RECEIPT, "refunded": refunded})
    with_reason = text_of("receipt", {**RECEIPT, "refunded": {**refunded, "reason": "on hold"}})

    assert "Refunded on Monday 29 September 2025 CNY 1,000.00" in text
    assert "CNY 1,000.00. Reason: on hold" in with_reason


def test_a_plan_gives_each_thing_its_days_its_ground_and_whom_to_call() -> None:
    text = text_of("plan", PLAN)

    assert "Monday 29 September 2025 to Monday 13 October 2025 No tub bath" in text
    assert "Sources disagree; this is the custom. Ground: both articles" in text
    assert "Tuesday 30 September 2025 We look out for your word today." in text
    assert "strong pain" in text
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
    assert render(name, ALL[name]) == renderer(LANGUAGES)(name, ALL[name])


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
    assert name in text_of("receipt", {**RECEIPT, "patient_name": name})


@pytest.mark.parametrize(
    ("written", "printed"), [("王 秀英", "王秀英"), ("Wang Xiuying", "Wang Xiuying")]
)
def test_a_chinese_name_has_no_blank_in_it(written: str, printed: str) -> None:
    assert printed in text_of("receipt", {**RECEIPT, "patient_name": written})


def test_a_letter_no_font_has_is_refused_rather_than_left_blank() -> None:
    values = {**RECEIPT, "patient_name": "\U00020bb7野"}

    with pytest.raises(NotRendered, match="a letter that none of the fonts has") as refused:
        render("receipt", values)
    assert "野" not in str(refused.value)
    assert "\U00020bb7" not in str(refused.value)


def test_nothing_a_person_wrote_is_read_as_markup() -> None:
    odd = '#panic("no") *bold* $x$ <a> @b // c \\ [d] {page}'
    values = with_report(sections=[{"id": "dose", "title": odd, "text": [odd, odd]}])

    assert pages_of("report", values)[0].count(odd) == 3


def test_a_report_as_long_as_it_may_be_keeps_all_rows() -> None:
    lines = [f"Line {number} " + "word " * 60 for number in range(60)]
    pages = pages_of(
        "report", with_report(sections=[{"id": "events", "title": "Long", "text": lines}])
    )

    assert all(f"Line {number} " in " ".join(pages) for number in range(60))
    assert all("PT-7K3M-QX4" in page for page in pages)


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in NEEDS.items() for field in fields]
)
def test_what_is_missing_is_named(name: str, field: str) -> None:
    with pytest.raises(NotRendered, match=f"{field} is missing"):
        render(name, {**ALL[name], field: None})


def test_a_signed_report_needs_its_signer() -> None:
    with pytest.raises(NotRendered, match=r"signed_by, signed_at are missing"):
        render("report", with_report(signed_by="", signed_at=""))


def test_an_unknown_document_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotRendered, match="there are plan, receipt, referral, report"):
        render("letter", {})


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(NotRendered, match="none of draft, signed, amended"):
        render("report", with_report(status="final"))


def test_a_value_that_is_no_text_is_refused_with_its_place() -> None:
    values = {**RECEIPT, "lines": [{"what": "x", "amount": 1000.0}]}

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

    without = renderer(LANGUAGES, str(tmp_path))

    with pytest.raises(NotRendered, match=r"lacks weight 400 and 700 .* PATENCY_FONTS"):
        without("receipt", RECEIPT)
    with pytest.raises(NotRendered, match=f"in {tmp_path}"):
        without("receipt", RECEIPT)


def test_a_named_folder_of_fonts_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for weight in ("400Regular", "700Bold"):
        (tmp_path / weight).symlink_to(pdf.NODE_FONTS / weight)
    monkeypatch.setattr(pdf, "NODE_FONTS", tmp_path / "none")

    assert renderer(LANGUAGES, str(tmp_path))("receipt", RECEIPT).startswith(b"%PDF")


def test_her_page_is_in_her_language_and_the_report_in_the_clinics() -> None:
    seen = {"id": "plain-seen", "title": "看到了什么", "text": ["右侧输卵管通畅。", "2025-10-01"]}
    plain = {"title": "您的检查结果说明", "sections": [seen]}
    medical, hers = pages_of("report", with_report(her_language="zh-hans", plain=plain))

    assert "Report of the examination" in medical
    assert "您的检查结果说明" in hers
    assert "2025年10月1日（星期三）" in hers.replace(" ", "")
    assert "请致电诊所" in hers


def test_a_whole_document_can_be_chinese() -> None:
    text = text_of("receipt", {**RECEIPT, "language": "zh-hans"})

    assert "收据编号" in text
    assert "2025年9月28日（星期日）" in text.replace(" ", "")


def places_in(words: object) -> set[str]:
    return set(re.findall(r"{\w+}", str(words)))


@pytest.mark.parametrize("code", ["en", "zh"])
def test_every_language_has_the_same_words(code: str) -> None:
    english, other = (
        tomllib.loads((pdf.WORDS / each / "documents.toml").read_text(encoding="utf-8"))
        for each in ("en", code)
    )

    assert {name: words.keys() for name, words in other.items()} == {
        name: words.keys() for name, words in english.items()
    }
    for name, words in english.items():
        for key, text in words.items():
            assert places_in(text) == places_in(other[name][key]), f"{name}.{key}"
            assert type(text) is type(other[name][key])


def test_a_language_without_words_falls_back_to_english() -> None:
    assert "Receipt number" in text_of("receipt", {**RECEIPT, "language": "xx-yy"})


def test_a_letter_says_to_whom_why_and_what_was_found() -> None:
    text = text_of("referral", REFERRAL)

    for said in (
        "王秀英",
        "Endocrinology",
        "Hormones to be looked at.",
        "a-reason-of-ours",
        "Right tube: open with free spill.",
        "Please answer by Monday 20 October 2025",
        "Dr Example",
        "Dr Reader",
    ):
        assert said in text


def test_a_letter_before_the_report_says_that_it_follows() -> None:
    text = text_of("referral", {**REFERRAL, "impression": [], "signed_by": "", "answer_due": ""})

    assert "the report follows" in text
    assert "Report signed by" not in text
    assert "Please answer to the clinic" in text


def test_a_letter_is_written_in_chinese_too() -> None:
    text = text_of("referral", {**REFERRAL, "language": "zh-hans"})

    assert "需查激素。" in text
    assert "内分泌科" in text
