"""Form fields on the parsers, and the list of faults at the top of the page."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django import forms as django_forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from PIL import Image

from resilience.lib import forms
from resilience.lib.errors import Refused
from resilience.templatetags import ui


class Everything(forms.BaseForm):
    urgency = django_forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=django_forms.RadioSelect)
    text = forms.TextField(longest=10, rows=3, required=False)
    name = forms.NameField(required=False)
    phone = forms.PhoneField(required=False)
    birth = forms.BirthField(required=False)
    day = forms.DateField(required=False, lo=date(2026, 1, 1), hi=date(2026, 12, 31))
    number = forms.IntegerField(required=False, lo=0, hi=9)
    id_number = forms.IdNumberField(required=False)
    photos = forms.PhotosField(most=2)


def picture(name: str = "p.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (4, 3)).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def filled(files=(), **data) -> Everything:
    return Everything({"urgency": "a", **data}, MultiValueDict({"photos": list(files)}))


class TestFields:
    def test_values_are_clean(self):
        form = filled(
            text=" 灯\u200b坏了\r\n三楼 ",
            name="阿卜杜拉•买买提",
            phone="138 0000 0000",
            birth="1942年",
            day="2026/3/7",
            number="０",
            files=[picture(), picture()],
        )
        assert form.is_valid(), form.errors
        clean = form.cleaned_data
        assert (clean["text"], clean["name"], clean["phone"]) == ("灯坏了\n三楼", "阿卜杜拉·买买提", "13800000000")
        assert (clean["birth"], clean["day"], clean["number"]) == ((1942, None), date(2026, 3, 7), 0)
        assert [(photo.width, photo.height) for photo in clean["photos"]] == [(4, 3), (4, 3)]

    def test_empty_is_empty(self):
        form = filled(day=" ", number="\u200b ", birth="\u3000")
        assert form.is_valid(), form.errors
        clean = form.cleaned_data
        assert (clean["text"], clean["birth"], clean["day"], clean["number"]) == ("", (None, None), None, None)
        assert clean["photos"] == []

    @pytest.mark.parametrize(
        "field",
        [
            *(
                forms.TextField(longest=9),
                forms.NameField(),
                forms.PhoneField(),
                forms.TailField(),
                forms.IdNumberField(),
            ),
            *(forms.BirthField(), forms.DateField(), forms.IntegerField(lo=0, hi=1)),
            forms.PhotosField(most=2, required=True),
        ],
        ids=lambda field: type(field).__name__,
    )
    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_a_required_one_may_not_be_empty(self, field, value):
        with pytest.raises(django_forms.ValidationError) as fault:
            field.clean([] if isinstance(field, forms.PhotosField) else value)
        assert fault.value.code == "required"

    def test_extra_validators_run(self):
        def refuse(value):
            raise django_forms.ValidationError("no")

        with pytest.raises(django_forms.ValidationError):
            forms.TextField(longest=9, validators=[refuse]).clean("x")

    def test_nothing_is_cut_off_by_the_browser(self):
        assert "maxlength" not in str(Everything()["text"])

    def test_what_was_saved_is_shown_as_it_is_typed(self):
        form = Everything(initial={"birth": (1942, None), "day": date(2026, 3, 7)})
        assert 'value="1942"' in str(form["birth"])
        assert 'value="2026-03-07"' in str(form["day"])
        form = Everything(initial={"birth": (1942, date(1942, 3, 3))})
        assert 'value="1942-03-03"' in str(form["birth"])
        assert "value" not in str(Everything(initial={"birth": (None, None)})["birth"])

    def test_what_was_typed_wrongly_is_shown_again(self):
        assert 'value="1942-99"' in str(filled(birth="1942-99")["birth"])

    def test_only_what_changed_has_changed(self):
        initial = {"urgency": "a", "birth": (1942, None), "day": date(2026, 3, 7), "phone": "13800000000", "number": 0}
        same = {"urgency": "a", "birth": "1942", "day": "2026-03-07", "phone": "138 0000 0000", "number": "0"}
        assert Everything(same, initial=initial).changed_data == []
        assert Everything({**same, "birth": "1943", "day": "x"}, initial=initial).changed_data == ["birth", "day"]

    def test_too_many_photos(self):
        form = filled(files=[picture()] * 3)
        assert list(form.errors) == ["photos"]

    def test_the_fault_names_the_photo(self):
        form = filled(files=[picture(), SimpleUploadedFile("<b>.png", b"no picture")])
        assert "2" in form.errors["photos"][0]
        assert "<b>" not in form.errors["photos"][0]


class TestFaults:
    def test_each_fault_leads_to_its_field(self):
        form = Everything({"text": "字" * 11, "number": "x"})
        targets = [target for target, _words in ui.faults(form)]
        assert targets == ["id_urgency_0", "id_text", "id_number"]
        assert all(words for _target, words in ui.faults(form))

    def test_the_targets_are_on_the_page(self):
        form = Everything({"text": "字" * 11, "number": "x"})
        page = str(form["urgency"]) + str(form["text"]) + str(form["number"])
        for target, _words in ui.faults(form):
            assert f'id="{target}"' in page

    def test_a_refused_verb_is_a_fault_like_any_other(self):
        form = filled()
        assert form.is_valid()
        form.refuse(Refused("这件诉求已经不在您手上了。", field="text"))
        form.refuse(Refused("整体不行。", field="unknown"))
        form.refuse(Refused("也不行。"))
        assert ui.faults(form) == [("id_text", "这件诉求已经不在您手上了。"), ("", "整体不行。"), ("", "也不行。")]

    def test_the_browser_does_not_get_between(self):
        assert " required" not in str(Everything()["urgency"])


class Shared(forms.BaseForm):
    text = forms.without_optional(forms.TextField(longest=10, required=False))

    def __init__(self, *args, **kwargs):
        self.base_fields = forms.SharedFields(type(self).base_fields)  # type: ignore[misc]
        super().__init__(*args, **kwargs)


class TestSharedFields:
    def test_every_form_has_the_same_ones_and_a_list_of_its_own(self):
        form, other = Shared({"text": "米"}), Shared()
        assert form.fields["text"] is other.fields["text"]
        del other.fields["text"]
        assert form.is_valid()
        assert form.cleaned_data == {"text": "米"}
        assert list(Shared().fields) == ["text"]

    def test_without_the_word_optional(self):
        assert "optional" not in str(Shared()["text"].as_field_group())
