"""Form fields on the parsers of `inputs`, and the form every page's form is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from . import inputs
from .dates import MAX_DATE, MIN_DATE
from .errors import Refused
from .photos import CleanPhoto, take_photo

Kind = TypeVar("Kind", bound=forms.Field)
_LONGEST = 100_000  # characters of any field; each has a limit of its own far below


class ParsedField(forms.CharField):
    """A text field whose value one parser cleans; the parser's words are the error's words."""

    empty_value: Any

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("strip", False)
        super().__init__(**kwargs)

    def parse(self, value: str) -> Any:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        """Cleaned by the parser; nothing but blanks and unseen characters is `empty_value`."""
        text = value if isinstance(value, str) else "" if value is None else str(value)
        return self.parse(text) if inputs.clean_text(text, max_length=_LONGEST, multiline=True) else self.empty_value

    def clean(self, value: Any) -> Any:
        cleaned = self.to_python(value)
        if cleaned == self.empty_value:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return cleaned
        self.run_validators(cleaned)
        return cleaned

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return not self.disabled and self.to_python(data) != (self.empty_value if initial is None else initial)
        except ValidationError:
            return True


class TextField(ParsedField):
    """Words; several lines with `rows`. The length is checked with a message, never cut by the browser."""

    def __init__(self, *, longest: int, rows: int = 0, **kwargs: Any) -> None:
        self.longest, self.rows = longest, rows
        if rows:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def parse(self, value: str) -> str:
        return inputs.clean_text(value, max_length=self.longest, multiline=bool(self.rows))


class NameField(ParsedField):
    def parse(self, value: str) -> str:
        return inputs.clean_name(value)


class PhoneField(ParsedField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "type": "tel"}))
        super().__init__(**kwargs)

    def parse(self, value: str) -> str:
        return inputs.clean_phone(value)


class TailField(ParsedField):
    """The last four digits of a phone."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def parse(self, value: str) -> str:
        return inputs.clean_tail(value)


class KeyField(forms.UUIDField):
    """Names one submission, so that a replay of it is known. Cleans to None for anything that is no key."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, initial=uuid4, widget=forms.HiddenInput, **kwargs)

    def clean(self, value: Any) -> UUID | None:
        try:
            return cast(UUID | None, super().clean(value))
        except ValidationError:
            return None


class IdNumberField(ParsedField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**kwargs)

    def parse(self, value: str) -> str:
        return inputs.clean_id_number(value)


class BirthField(ParsedField):
    """A year or a date; cleans to (year, date or None)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**kwargs)
        self.empty_value = (None, None)

    def parse(self, value: str) -> tuple[int | None, date | None]:
        return inputs.clean_birth(value)

    def prepare_value(self, value: Any) -> Any:
        """(year, date or None) as somebody would type it; what was typed as it is."""
        if not isinstance(value, tuple):
            return value
        year, day = value
        return day.isoformat() if day else year


class DateField(ParsedField):
    """A day between `lo` and `hi`."""

    def __init__(self, *, lo: date = MIN_DATE, hi: date = MAX_DATE, **kwargs: Any) -> None:
        self.lo, self.hi = lo, hi
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)
        self.empty_value = None

    def parse(self, value: str) -> date:
        return inputs.clean_date(value, self.lo, self.hi)


class IntegerField(ParsedField):
    """A whole number from `lo` to `hi`."""

    def __init__(self, *, lo: int, hi: int, **kwargs: Any) -> None:
        self.lo, self.hi = lo, hi
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**kwargs)
        self.empty_value = None

    def parse(self, value: str) -> int:
        return inputs.clean_int(value, self.lo, self.hi)


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return files.getlist(name) if hasattr(files, "getlist") else [files[name]] if name in files else []


class PhotosField(forms.FileField):
    """Up to `most` pictures; cleans to a list of CleanPhoto."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", PhotosInput(attrs={"accept": "image/*", "multiple": True}))
        super().__init__(**kwargs)

    def clean(self, data: Sequence[UploadedFile] | None, initial: Any = None) -> list[CleanPhoto]:
        files = [file for file in (data or []) if file]
        if self.required and not files:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.most:
            raise ValidationError(_("Choose at most %(most)d photos.") % {"most": self.most}, code="too_many")
        return [self._take(file, number if len(files) > 1 else 0) for number, file in enumerate(files, start=1)]

    def _take(self, file: UploadedFile, number: int) -> CleanPhoto:
        try:
            return take_photo(file, file.size or 0)
        except ValidationError as fault:
            if not number:
                raise
            words = {"number": number, "fault": fault.messages[0]}
            raise ValidationError(_("Photo %(number)d: %(fault)s") % words, code="photo") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class SharedFields(dict[str, forms.Field]):
    """`base_fields` of a form that changes none of its fields: every form takes them as they are.

    Django copies each field with its widget for each form, and that costs more than looking at what was typed.
    """

    def __deepcopy__(self, _memo: dict[int, Any]) -> dict[str, forms.Field]:
        return dict(self)


def without_optional(field: Kind) -> Kind:
    """The field, without the word '(optional)' beside it: see the tag `optional`."""
    vars(field)["is_quiet_optional"] = True
    return field


_DJANGOS_WORDS = forms.Field.default_error_messages["required"]


def _what_is_missing(field: forms.Field) -> str:
    """Django's words are the same for each field, and say nothing in a list of faults."""
    if isinstance(field, forms.ChoiceField):
        words = _("Choose: %(label)s")
    elif isinstance(field, forms.BooleanField):
        words = _("Tick: %(label)s")
    else:
        words = _("Fill in: %(label)s")
    return words % {"label": field.label}


class BaseForm(forms.Form):
    """A form that can list its faults for the summary at the top of the page."""

    # The browser's own bubbles name one fault at a time, in its language, and vanish.
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def full_clean(self) -> None:
        """Faults in our words. The fields keep theirs: some forms share them with every other, in any language."""
        super().full_clean()
        for name, faults in self.errors.as_data().items():
            for fault in faults:
                if fault.message is _DJANGOS_WORDS and self.fields[name].label:
                    fault.message = _what_is_missing(self.fields[name])

    def field(self, name: str, kind: type[Kind]) -> Kind:
        """The field of that name, to set what only its kind has: choices, a queryset, bounds."""
        field = self.fields[name]
        if not isinstance(field, kind):
            raise TypeError(f"{name} is a {type(field).__name__}")
        return field

    def offer_rows(self, rows: QuerySet[Any], *names: str, found: list[Any] | None = None) -> list[Any]:
        """Let these fields choose among `rows`, read once: Django reads them for each field, and for each look.

        `found`: the rows, where they have been read already.
        """
        found = list(rows) if found is None else found
        for name in names:
            field = self.field(name, forms.ModelChoiceField)
            field.queryset = rows
            field.choices = [(field.prepare_value(row), field.label_from_instance(row)) for row in found]
        return found

    def leave_optional_unsaid(self, *names: str) -> None:
        """`without_optional`, for fields that each form has for itself."""
        for name in names:
            without_optional(self.fields[name])

    def refuse(self, refused: Refused) -> None:
        """Turn a verb's no into this form's error."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))
