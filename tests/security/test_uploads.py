"""One way leads a file into the house, and it goes through the encoder. `tests/test_bad_uploads.py` walks it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import models

import households
import resilience
from households.admin.base import ReadOnly
from households.forms import drafts
from households.models import Photo
from resilience.lib.forms import PhotosField
from tests.security.test_code import sources

pytestmark = pytest.mark.once

CLEANING = (PhotosField, drafts._Photos)


def all_forms() -> Iterator[type[forms.BaseForm]]:
    """Every form of every module of ours."""
    for package in (households, resilience):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if not any(part in found.name for part in (".migrations", ".demo", ".gate", ".management", "sgi")):
                for _name, value in inspect.getmembers(import_module(found.name), inspect.isclass):
                    if issubclass(value, forms.BaseForm) and hasattr(value, "base_fields"):
                        yield value


def test_every_field_for_files_is_the_one_that_cleans_photos() -> None:
    fields = {(form.__name__, name): field for form in all_forms() for name, field in form.base_fields.items()}
    taking = {key: field for key, field in fields.items() if isinstance(field, forms.FileField) or _takes_files(field)}
    assert len(fields) > 100
    assert len(taking) >= 4
    assert [key for key, field in taking.items() if not isinstance(field, CLEANING)] == []


def _takes_files(field: forms.Field) -> bool:
    return bool(field.widget.needs_multipart_form)


def test_one_column_holds_files_and_nobody_edits_it_by_hand() -> None:
    columns = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.FileField)
    ]
    assert columns == [Photo._meta.get_field("image")]
    assert isinstance(admin.site._registry[Photo], ReadOnly)
    inlines: set[Any] = {inline.model for page in admin.site._registry.values() for inline in page.inlines}
    assert Photo not in inlines


def test_what_is_stored_was_cleaned() -> None:
    """`photos.store` takes `CleanPhoto`s, which `take_photo` alone makes; nothing else writes into the storage."""
    makers, writers = set(), set()
    for name, source in sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                makers |= {name} if called.rpartition(".")[2] == "CleanPhoto" else set()
                writers |= {name} if called.endswith((".image.save", "storage.save", "default_storage.save")) else set()
    assert makers == {"resilience/lib/photos.py", "resilience/demo/pictures.py"}  # the demo draws its own
    assert writers == {"households/actions/photos.py"}
