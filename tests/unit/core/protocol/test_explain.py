import pytest

from patency.core.facts import AskedOf, FactCatalogue, FactType, Kind
from patency.core.protocol.conditions import AllOf, AnyOf, Compare, Comparison, ParameterNamed
from patency.core.protocol.explain import formula, in_words, plain
from patency.core.protocol.expressions import (
    ChangePercent,
    DaysBetween,
    Difference,
    HoursBetween,
    Known,
    Largest,
    Number,
    Parameter,
    PlusDays,
    Ratio,
    Smallest,
    Sum,
)

FACTS = FactCatalogue(
    {
        "temperature_c": FactType("temperature_c", Kind.NUMBER, AskedOf.STAFF, "°C"),
        "fever": FactType("fever", Kind.YES_NO, AskedOf.PATIENT),
    }
)
FEVER = Compare("fever", Comparison.IS, True)
HOT = Compare("temperature_c", Comparison.AT_LEAST, ParameterNamed("limit"))
COLD = Compare("temperature_c", Comparison.LESS_THAN, 35)
A, B = Known("a"), Known("b")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (FEVER, "fever is yes"),
        (HOT, "temperature_c is at least 37.5 °C [limit]"),
        (
            Compare("temperature_c", Comparison.IS_ONE_OF, (36, 37.0)),
            "temperature_c is one of 36, 37 °C",
        ),
        (AllOf((FEVER, HOT)), "fever is yes and temperature_c is at least 37.5 °C [limit]"),
        (
            AllOf((FEVER, AnyOf((HOT, COLD)))),
            "fever is yes and (temperature_c is at least 37.5 °C [limit] or "
            "temperature_c is less than 35 °C)",
        ),
        (AnyOf((FEVER, AnyOf((FEVER, FEVER)))), "fever is yes or fever is yes or fever is yes"),
        (AnyOf((FEVER, AllOf((FEVER,)))), "fever is yes or fever is yes"),
        (Compare("unheard_of", Comparison.MORE_THAN, 1), "unheard_of is more than 1"),
    ],
)
def test_a_condition_is_read_aloud(condition, words):
    assert in_words(condition, FACTS, {"limit": 37.5}) == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (Sum(DaysBetween(A, B), Number(1)), "(days from a to b) + 1"),
        (HoursBetween(A, B), "hours from a to b"),
        (PlusDays(A, Parameter("n")), "a + [n] days"),
        (Difference(Difference(A, B), Number(1)), "(a − b) − 1"),
        (Ratio(A, B), "a ÷ b"),
        (ChangePercent(A, B), "change from a to b in percent"),
        (Smallest((A, B)), "least of a, b"),
        (Largest((A, Number(2))), "greatest of a, 2"),
    ],
)
def test_an_expression_is_read_aloud(expression, words):
    assert formula(expression) == words


def test_values_are_written_plainly():
    assert [plain(value) for value in (None, True, False, 37.50, 10, "II")] == [
        "unknown",
        "yes",
        "no",
        "37.5",
        "10",
        "II",
    ]
