"""The numbers a woman is shown before she signs, each with the work it is from.

The words around them are in ``locale``, found by ``code``; what was shown is kept with her
signature. Change a number and give the text a new version: those signed keep theirs.
"""

import unicodedata
from dataclasses import dataclass

TEXT_VERSION = "hsg-consent-2026-2"


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happens, as its source says it."""

    code: str
    what: str
    low_percent: float | None
    high_percent: float | None
    """Both are the same when the source gives one number, and None when it gives none."""
    as_told: str
    source: str
    only_with: str = ""
    """The contrast medium it belongs to; empty for both."""


RATES: tuple[Rate, ...] = (
    Rate(
        "pain",
        "Pain during the examination",
        94,
        94,
        "94 of 100; for 39 of 100 stronger than a period",
        "Park 2014, Austin J Womens Health 1(1); Int J Gynaecol Obstet 2010;111:256; "
        "pubmed 25650318",
    ),
    Rate(
        "vasovagal",
        "Feeling faint, slow heartbeat",
        0.8,
        0.8,
        "8 of 1,000",
        "Int J Gynaecol Obstet 2010;111:256, doi:10.1016/j.ijgo.2010.07.018",
    ),
    Rate(
        "infection",
        "Infection of the womb or tubes",
        0.3,
        3.1,
        "3 to 31 of 1,000; 11 of 100 when tubes are dilated and nothing is given",
        "J Pathog 2016:4698314; Stumpf and March, Fertil Steril 1980;33:487",
    ),
    Rate(
        "intravasation",
        "Contrast agent passing into veins",
        2.0,
        7.2,
        "2 to 7 of 100",
        "J Clin Imaging Sci 2013;3:67, doi:10.4103/2156-7514.124105",
    ),
    Rate(
        "oil-embolism",
        "Oil reaching the lungs or the brain",
        0.1,
        0.1,
        "18 of 19,339; four were serious",
        "Roest 2021, Reprod Biomed Online 42:1119",
        only_with="oil",
    ),
    Rate(
        "thyroid",
        "A sluggish thyroid in the months after",
        22,
        38,
        "22 to 38 of 100",
        "J Clin Endocrinol Metab 2022;107:3252; Rosielle, thesis chapter 5",
        only_with="oil",
    ),
    Rate(
        "allergy-mild",
        "A mild reaction to the contrast agent",
        0.1,
        0.1,
        "about 1 of 1,000",
        "jonesradiology.com.au, hysterosalpingogram",
    ),
    Rate(
        "allergy-severe",
        "A severe reaction to the contrast agent",
        100 / 170_000,
        100 / 170_000,
        "about 1 of 170,000",
        "jonesradiology.com.au, hysterosalpingogram",
    ),
    Rate(
        "unsuspected-pregnancy",
        "A pregnancy nobody knew of",
        0.06,
        0.24,
        "6 to 24 of 10,000",
        "Cheung, Human Reproduction (4 of 6,225); a compulsory-test series (1 of 410)",
    ),
    Rate(
        "radiation",
        "Radiation (effective dose)",
        None,
        None,
        "about 1 to 3 mSv; the risk from it is very small, but not zero",
        "Perisinakis 2003, pubmed 12835963 (1.2 mSv); four centres, "
        "journals.sums.ac.ir/article_45712 (1.24 to 2.53 mSv)",
    ),
    Rate(
        "bleeding",
        "Light bleeding afterwards, up to 7 days",
        None,
        None,
        "expected; no source gives a number",
        "article-000; article-001",
    ),
)


def rates_for(medium: str) -> tuple[Rate, ...]:
    """Return the rates to show for a contrast medium; all of them while none is chosen."""
    if medium not in ("water", "oil"):
        return RATES
    return tuple(rate for rate in RATES if rate.only_with in ("", medium))


def as_shown(rates: tuple[Rate, ...]) -> dict[str, dict[str, str | float | None]]:
    """Return rates as plain values, to be kept with her signature."""
    return {
        rate.code: {
            "low_percent": rate.low_percent,
            "high_percent": rate.high_percent,
            "as_told": rate.as_told,
            "source": rate.source,
        }
        for rate in rates
    }


def is_name_of(signed: str, family_name: str, given_name: str) -> bool:
    """Return whether a signature is her name as it is on record, family name first or last.

    Case, spaces, points and hyphens do not count, nor does the width of letters (Unicode NFKC).
    """
    family, given = _letters(family_name), _letters(given_name)
    both = {family + given, given + family} - {""}
    return _letters(signed) in both


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in plain if sign.isalpha() or unicodedata.combining(sign))
