"""A password: long rather than odd, none that everybody tries, checked as typed, kept so that guessing is slow."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.urls import reverse

from resilience.accounts.forms import OwnPasswordForm
from tests.security.server import ServerTestCase
from tests.test_settings import SERVER, read

OLD = "old but good and long"


class PasswordTests(ServerTestCase):
    def change(self, new: str, old: str = OLD) -> OwnPasswordForm:
        self.clerk.set_password(OLD)
        return OwnPasswordForm(self.clerk, {"old_password": old, "new_password1": new, "new_password2": new})

    def test_it_may_be_made_of_anything_and_be_long(self) -> None:
        for new in (
            "a whole sentence in small letters", "一整句中文也可以当密码用", "😀 emoji and spaces 😀",
            "ONLY CAPITALS HERE", "'; DROP TABLE users; --", "k" * 30 + "-" + "q" * 33, "日" * 64 + "月",
        ):  # fmt: skip
            assert self.change(new).is_valid(), new

    def test_it_may_not_be_short_nor_what_everybody_tries(self) -> None:
        for new in ("short", "password123", "qwertyuiop", "1234567890", "iloveyou123", "p@ssw0rd1"):
            assert not self.change(new).is_valid(), new

    def test_it_may_not_be_like_the_name(self) -> None:
        self.clerk.username = "chen.jing.community"
        assert not self.change("chen.jing.community").is_valid()

    def test_it_is_checked_as_it_was_typed(self) -> None:
        new = "  Blanks around it, and CAPITALS  "
        form = self.change(new)
        assert form.is_valid()
        user = form.save()
        assert user.check_password(new)
        for other in (new.strip(), new.lower(), new[:-1], new + " "):
            assert not user.check_password(other), repr(other)

    def test_a_long_one_is_not_cut(self) -> None:
        new = "x y z " * 40
        form = self.change(new)
        assert form.is_valid()
        user = form.save()
        assert not user.check_password(new[:72])
        assert not user.check_password(new[:-1])

    def test_it_is_changed_only_with_the_old_one(self) -> None:
        assert set(self.change("a new one that is long").errors) == set()
        assert set(self.change("a new one that is long", old="not the old one").errors) == {"old_password"}

    def test_its_fields_hide_it_and_let_a_password_manager_fill_them(self) -> None:
        pages = [self.get(reverse("accounts:login"))]
        self.sign_in(self.clerk)
        pages.append(self.get(reverse("accounts:password")))
        count = 0
        for page in pages:
            for field in re.findall(r"<input[^>]*name=\"\w*password\w*\"[^>]*>", page.content.decode()):
                count += 1
                assert 'type="password"' in field
                assert re.search(r'autocomplete="(current|new)-password"', field), field
                assert not re.search(r"onpaste|maxlength=\"[1-5]?\d\"|readonly|autocomplete=\"off\"", field), field
        assert count == 4

    def test_no_page_has_a_hint_or_a_secret_question(self) -> None:
        names = {name for form in (OwnPasswordForm, SetPasswordForm) for name in form.base_fields}
        assert names == {"old_password", "new_password1", "new_password2"}


def test_guessing_at_a_stolen_table_is_slow() -> None:
    first, *_others = read("PASSWORD_HASHERS", **SERVER)["PASSWORD_HASHERS"]
    assert first == "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    assert PBKDF2PasswordHasher.iterations >= 600_000  # OWASP's figure for PBKDF2 with SHA-256
    assert PBKDF2PasswordHasher.algorithm == "pbkdf2_sha256"


def test_the_most_used_ones_are_refused() -> None:
    refused = CommonPasswordValidator()
    assert len(refused.passwords) >= 3_000
    with pytest.raises(ValidationError):
        refused.validate("qwertyuiop")
