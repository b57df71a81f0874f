"""Inputs as HTML: what Django's own templates write."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.test import SimpleTestCase
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from resilience.lib.widgets import _WRITERS, Renderer

OURS, DJANGOS = Renderer(), TemplatesSetting()
ODD: list[Any] = [
    None, "", 0, 7, True, False, "<script>", '"><b>', "'&amp;", mark_safe("&amp;"), gettext_lazy("Send"), "王\n秀英",
    "😀",
]  # fmt: skip
CHOICES: list[Any] = [
    ("", "Choose"), ("a", "<A>"), (2, gettext_lazy("Send")), ('"b"', mark_safe("&nbsp;")),
    ("c&", [("d", "D"), ("e", "E")]),
]  # fmt: skip
FLAT = CHOICES[:-1]
BOTH = (False, True)
ATTRS = st.dictionaries(
    st.sampled_from(["id", "class", "hidden", "data-x", "aria-describedby", "rows"]),
    st.one_of(st.text(max_size=9), st.booleans(), st.integers(), st.sampled_from(ODD[5:])),
)
WIDGETS: list[forms.Widget] = [
    forms.TextInput(), forms.NumberInput(), forms.EmailInput(), forms.PasswordInput(render_value=True),
    forms.HiddenInput(), forms.DateInput(), forms.TimeInput(), forms.CheckboxInput(), forms.FileInput(),
    forms.Textarea(), forms.Select(choices=CHOICES), forms.SelectMultiple(choices=CHOICES),
    forms.RadioSelect(choices=FLAT), forms.CheckboxSelectMultiple(choices=FLAT),
]  # fmt: skip


def without_blanks(html: str) -> str:
    """Without the white space between tags, which the templates' line ends leave."""
    return re.sub(r"\s+", " ", html).replace("> <", "><")


class WidgetTests(SimpleTestCase):
    @given(
        st.sampled_from(WIDGETS),
        st.one_of(st.sampled_from([*ODD, "a", "d", 2, "2", '"b"']), st.text(max_size=9)),
        ATTRS,
    )
    def test_every_input_is_written_as_django_writes_it(
        self, widget: forms.Widget, value: Any, attrs: dict[str, Any]
    ) -> None:
        if isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple):
            value = None if value is None else [str(value)]
        ours, djangos = (str(widget.render("na<me", value, attrs, renderer)) for renderer in (OURS, DJANGOS))
        if not isinstance(widget, forms.Textarea):
            ours, djangos = without_blanks(ours), without_blanks(djangos)
        assert ours == djangos

    @given(st.sampled_from(["", "a", 2, '"b"', "<"]), ATTRS)
    def test_radio_buttons_one_by_one(self, value: Any, attrs: dict[str, Any]) -> None:
        class Form(forms.Form):
            one = forms.ChoiceField(choices=FLAT, widget=forms.RadioSelect(attrs=attrs), initial=value)
            many = forms.MultipleChoiceField(
                choices=FLAT, widget=forms.CheckboxSelectMultiple(attrs=attrs), initial=[value]
            )

        def tags(renderer: Renderer | TemplatesSetting) -> list[str]:
            options = [option for name in ("one", "many") for option in Form(renderer=renderer)[name]]
            return [without_blanks(option.tag(wrap_label=is_wrapped)) for option in options for is_wrapped in BOTH]

        ours = tags(OURS)
        assert ours == tags(DJANGOS)
        assert len(ours) == 4 * len(FLAT)


@pytest.mark.parametrize("name", _WRITERS)
def test_what_is_written_here_is_a_template_of_djangos(name: str) -> None:
    assert DJANGOS.get_template(name)


def test_a_template_of_our_own_is_still_a_template() -> None:
    class Own(forms.TextInput):
        template_name = "includes/_messages.html"

    assert "<input" not in Own().render("name", "", renderer=OURS)
