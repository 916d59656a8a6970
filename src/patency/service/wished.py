"""A piece of the waiting list: what each woman wishes of her dates, as the engine knows it."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from patency.core.booking.sessions import About, Strength, Wish
from patency.records.models.visit import Visit
from patency.records.models.waiting import Wish as WishRow


def wishes_of(visits: Sequence[Visit]) -> dict[UUID, tuple[Wish, ...]]:
    """Return what each woman wishes, values of one kind and strength as alternatives."""
    told: dict[UUID, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in WishRow.objects.filter(visit__in=visits):
        told[row.visit_id][row.about, row.strength].add(row.value)
    return {
        visit_id: tuple(
            Wish(About(about), frozenset(values), Strength(strength))
            for (about, strength), values in sorted(hers.items())
        )
        for visit_id, hers in told.items()
    }


def with_home(visit: Visit, wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Return her wishes; where she registered is where she comes, unless she says otherwise."""
    if not visit.campus or any(wish.about is About.CAMPUS for wish in wishes):
        return wishes
    return (*wishes, Wish(About.CAMPUS, frozenset({visit.campus}), Strength.MUST))
