"""Forms of the pages: Django's own, drawn by our field templates, with what was typed kept.

A page makes a ``PageForm``, shows ``{% include "pieces/errors.html" %}`` above its heading and
``{{ form }}``, or single fields with ``{{ form.name.as_field_group }}``. A field may carry
``size`` (``s``, ``m``, ``l`` of its label) and ``width`` (characters: 2, 3, 4, 5, 10, 20 or 30).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

from patency.doors.web.languages import spoken

LONGEST = 4_000
"""Characters of a free text, where a field says nothing else."""


class PageRenderer(TemplatesSetting):
    """Draws every form of the pages with the templates in ``forms/``."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class PageForm(forms.Form):
    """A form of a page: errors are sentences, marks of what must be filled are not needed."""

    use_required_attribute = False
    required_css_class = ""
    error_css_class = ""
    default_renderer = PageRenderer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if (
                field.error_messages.get("required")
                == forms.Field.default_error_messages["required"]
            ):
                field.error_messages["required"] = _("Fill this in.")

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What is wrong, each with the id of the field it is wrong in, in the page's order."""
        found = [("", str(error)) for error in self.non_field_errors()]
        for bound in self:
            found += [(first_id(bound), str(error)) for error in bound.errors]
        return found


def first_id(bound: forms.BoundField) -> str:
    """Return the id of the first thing to type in or choose in a field."""
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.MultiWidget):
        return f"{bound.auto_id}_0"
    return str(bound.auto_id)


DAY_PARTS = "day", "month", "year"


class DayParts(forms.MultiWidget):
    """A day as three numbers: quicker than a calendar for a day that lies far back."""

    template_name = "forms/day_parts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "day": forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 2}),
                "month": forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 2}),
                "year": forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
            },
            attrs,
        )

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the template is given, with the parts as the language writes a day."""
        context = super().get_context(name, value, attrs)
        parts = dict(zip(DAY_PARTS, context["widget"]["subwidgets"], strict=True))
        context["widget"]["in_order"] = [(part, parts[part]) for part in spoken().day_parts]
        return context

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else [None, None, None]


class DayField(forms.MultiValueField):
    """A day typed as day, month and year."""

    widget = DayParts
    default_error_messages: ClassVar[Any] = {
        "required": _("Type the day, the month and the year."),
        "incomplete": _("Type the day, the month and the year."),
        "not_a_day": _("There is no such day. Check the day, the month and the year."),
        "too_early": _("This day is too far back. Check the year."),
        "too_late": _("This day lies in the future. Check the year."),
    }

    def __init__(
        self, *, first: date | None = None, last: date | None = None, **kwargs: Any
    ) -> None:
        self.first, self.last = first, last
        numbers = tuple(forms.CharField(required=False) for _part in range(3))
        super().__init__(numbers, require_all_fields=False, **kwargs)

    def compress(self, data_list: Sequence[str]) -> date | None:
        if not any(data_list):
            return None
        try:
            day, month, year = (int(part) for part in data_list)
            found = date(year, month, day)
        except (ValueError, OverflowError):
            raise forms.ValidationError(
                self.error_messages["not_a_day"], code="not_a_day"
            ) from None
        if self.first and found < self.first:
            raise forms.ValidationError(self.error_messages["too_early"], code="too_early")
        if self.last and found > self.last:
            raise forms.ValidationError(self.error_messages["too_late"], code="too_late")
        return found


class YesNo(forms.TypedChoiceField):
    """A question answered with yes or no; left open it stays unknown (None)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("choices", (("yes", _("Yes")), ("no", _("No"))))
        kwargs.setdefault("widget", forms.RadioSelect)
        kwargs.setdefault("coerce", lambda said: said == "yes")
        kwargs.setdefault("empty_value", None)
        super().__init__(**kwargs)
