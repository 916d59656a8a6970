"""What all tables share: their keys, their site, what is kept for good, and what erasure takes."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q


class RowIsKept(Exception):
    """A row of a table that only grows was to be changed or taken away."""


class OtherSite(ValueError):
    """A row was to be written for one site about a woman of another."""


class Rows(models.QuerySet[Any]):
    """Rows that know how to be erased."""

    def erase(self, now: datetime) -> int:
        """Blank what ``ERASED`` names, and return how many rows there were.

        The one way to take something out of a table that otherwise only grows.
        """
        blank: dict[str, Any] = dict(self.model.ERASED)
        if "erased_at" in {field.name for field in self.model._meta.fields}:
            blank["erased_at"] = now
        return models.QuerySet.update(self, **blank) if blank else 0


class KeptRows(Rows):
    """Rows that are added and never changed."""

    def update(self, **values: Any) -> int:
        if values.keys() <= self.model.MAY_CHANGE:
            return super().update(**values)
        raise RowIsKept(
            f"{self.model.__name__} rows are never changed ({', '.join(sorted(values))}); "
            "add a new row instead, or erase() what the law lets go."
        )

    def bulk_update(self, objs: Iterable[Any], fields: Any, *args: Any, **kwargs: Any) -> int:
        return self.update(**dict.fromkeys(fields))

    def delete(self) -> Any:
        raise RowIsKept(
            f"{self.model.__name__} rows are never deleted; erase() blanks what the law lets go."
        )


class Row(models.Model):
    """One row of any table."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    ERASED: ClassVar[Mapping[str, Any]] = {}
    """Field to the value it has after erasure."""
    IS_ONLY_A_FACT: ClassVar[bool] = False
    """Whether nothing is left of a row without its facts, so that erasure deletes it."""

    objects = Rows.as_manager()

    class Meta:
        abstract = True


class OfPatient(Row):
    """A row about one woman; its site is hers."""

    site = models.SlugField(max_length=64)

    WOMAN: ClassVar[str] = "visit__patient"
    """The way from this row to her."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self._take_site()
        super().save(*args, **kwargs)

    @property
    def woman_id(self) -> uuid.UUID | None:
        """Her key; None where a row, such as a task of the whole site, is about no one woman."""
        *way, last = self.WOMAN.split("__")
        row: Any = self
        for step in way:
            row = getattr(row, step)
        found: uuid.UUID | None = getattr(row, f"{last}_id")
        return found

    def _take_site(self) -> None:
        above = getattr(self, self.WOMAN.split("__")[0])
        if above is None:
            return
        if self.site and self.site != above.site:
            raise OtherSite(
                f"A {type(self).__name__} of site {self.site!r} was to be written below "
                f"{type(above).__name__} {above.pk} of site {above.site!r}; a row has the site "
                "of the woman it is about. Leave site out: it is taken from her."
            )
        self.site = above.site


class Kept(models.Model):
    """A row that is added and never changed."""

    MAY_CHANGE: ClassVar[frozenset[str]] = frozenset()

    objects = KeptRows.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            changed = kwargs.get("update_fields")
            if changed is None or not set(changed) <= self.MAY_CHANGE:
                raise RowIsKept(
                    f"{type(self).__name__} {self.pk} is never changed; add a new row instead."
                )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise RowIsKept(
            f"{type(self).__name__} {self.pk} is never deleted; "
            "erase() blanks what the law lets go."
        )


def unfit(model: type[models.Model], **texts: str) -> list[str]:
    """Return a sentence for each text that its column cannot hold, without the text itself.

    SQLite holds any length; PostgreSQL refuses, at the end of a transaction and unkindly.
    """
    wrong = []
    for name, text in texts.items():
        most = getattr(model._meta.get_field(name), "max_length", None)
        if most is not None and len(text) > most:
            wrong.append(f"{name}: has at most {most} characters")
        if "\0" in text:
            wrong.append(f"{name}: holds a character that is no text; type it anew")
    return wrong


def choices(*values: str) -> list[tuple[str, str]]:
    """Return the values as a field wants them; the words people read are in locale."""
    return [(str(value), str(value)) for value in values]


def one_of(field: str, values: Iterable[str], name: str) -> models.CheckConstraint:
    """Return the promise that a field holds one of the values, in the database itself."""
    allowed = sorted(str(value) for value in values)
    return models.CheckConstraint(condition=Q(**{f"{field}__in": allowed}), name=name)


def holds(condition: Any, name: str) -> models.CheckConstraint:
    """Return the promise that a condition holds for every row."""
    return models.CheckConstraint(condition=condition, name=name)
