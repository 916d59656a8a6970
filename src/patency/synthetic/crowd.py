"""Many invented women: who each is, what is her own, and which courses her visits take when.

Values only; nothing is read and nothing is written, and all chance comes from the dice handed in.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FAMILY = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
GIVEN_ONE = tuple("秀桂丽婷雪芳敏静燕霞红玉兰梅娟倩琳慧洁莹佳欣怡思雨晓春海云美")
GIVEN_TWO = tuple("英华娜芬琴玲萍珍莉菲薇颖璐瑶蕾妍悦宁涵萱彤楠洋月星文清素如心")
IN_ENGLISH = ("Anna", "Grace", "Helen", "Julia", "Maria", "Nora", "Olivia", "Ruth", "Sara", "Vera")
FAMILY_ENGLISH = ("Adams", "Baker", "Clark", "Evans", "Green", "Hughes", "Morgan", "Price", "Reed")
VISITS = (3, 2, 4, 3, 3, 1, 5, 3, 2, 4)
"""How many visits the women have in turn: three on average."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """One invented woman, as she gives her details, with the facts that are her own."""

    family_name: str
    given_name: str
    born: date
    phone: str
    language: str
    campus: str
    facts: Mapping[str, float | int]

    @property
    def written(self) -> str:
        """Return her name as she signs."""
        between = " " if self.family_name.isascii() else ""
        first, last = (
            (self.given_name, self.family_name) if between else (self.family_name, self.given_name)
        )
        return f"{first}{between}{last}"


FIRST_SHARES: Mapping[str, float] = {
    "called_off": 22,
    "called_off_after_answers": 24,
    "no_day": 34,
    "missed": 4,
    "closed": 16,
}
"""How many of a hundred first visits that are over took which course; demo values, no clinic's."""
LATER_SHARES: Mapping[str, float] = {
    "called_off": 38,
    "called_off_after_answers": 37,
    "held_and_left": 8.5,
    "paid_and_left": 6,
    "closed": 6,
    "closed_one_tube": 3,
    "closed_after_a_call": 1.5,
}
"""The same for later visits. What is forecast for her depends on the periods she told of before,
so a cycle without a day for her, which notes the forecast down, is a first visit's."""
APART = 45
"""Days between the starts of two visits of one woman, at least: the longest course takes 35."""


def bodies(count: int, dice: random.Random) -> list[Mapping[str, float | int]]:
    """Return the facts that are a woman's own, within what no rule has anything against."""
    found: list[Mapping[str, float | int]] = []
    for _ in range(count):
        bmi = round(dice.uniform(18.6, 27.4), 1)
        found.append(
            {
                "bmi_kg_m2": bmi,
                "weight_kg": round(bmi * dice.uniform(1.52, 1.72) ** 2, 1),
                "temperature_c": round(dice.uniform(36.2, 37.0), 1),
            }
        )
    return found


def somebody(
    number: int, language: str, campus: str, body: Mapping[str, float | int], dice: random.Random
) -> Somebody:
    """Return the woman of that number; her phone begins with 0 after the area code, as no real
    one does."""
    if language == "en":
        family, given = dice.choice(FAMILY_ENGLISH), dice.choice(IN_ENGLISH)
    else:
        family, given = dice.choice(FAMILY), dice.choice(GIVEN_ONE) + dice.choice(GIVEN_TWO)
    born = date(1980, 1, 1) + timedelta(days=dice.randrange(365 * 24))
    return Somebody(family, given, born, f"010-0{number:07d}", language, campus, body)


def visits_of(women: int) -> Iterator[int]:
    """Yield how many visits each woman has, three on average."""
    for woman in range(women):
        yield VISITS[woman % len(VISITS)]


def starts(count: int, first: date, last: date, dice: random.Random) -> list[date]:
    """Return the days on which a woman's visits begin, in order and well apart."""
    free = (last - first).days - APART * (count - 1)
    ahead = sorted(dice.randrange(free + 1) for _ in range(count))
    return [first + timedelta(days=days + APART * index) for index, days in enumerate(ahead)]


def course(is_first: bool, dice: random.Random) -> str:
    """Return which course a visit that is over took."""
    shares = FIRST_SHARES if is_first else LATER_SHARES
    return dice.choices(list(shares), list(shares.values()))[0]


def on_or_after(wanted: int, weeks: Sequence[int]) -> int | None:
    """Return the first week of a sorted list from the wanted one on."""
    return next((week for week in weeks if week >= wanted), None)
