"""Codes that people read out, and tokens that stick on doors."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from resilience.lib.codes import (
    ALPHABET,
    LENGTH,
    clean_code,
    format_code,
    new_code,
    new_token,
    sign_token,
    unsign_token,
)

codes = st.builds(new_code)


def is_code(text: str) -> bool:
    try:
        clean_code(text)
    except ValidationError:
        return False
    return True


class TestCode:
    def test_it_has_no_characters_people_mix_up(self):
        assert not set("0O1ILU") & set(ALPHABET)
        assert len(set(ALPHABET)) == len(ALPHABET)

    @given(codes)
    def test_it_notices_every_wrong_character(self, code):
        for place in range(LENGTH + 1):
            for other in set(ALPHABET) - {code[place]}:
                assert not is_code(code[:place] + other + code[place + 1 :])

    @given(codes)
    def test_it_notices_every_swapped_pair(self, code):
        for place in range(LENGTH):
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            assert is_code(swapped) == (swapped == code)

    @given(codes)
    def test_it_is_read_however_it_is_written(self, code):
        wide = "".join(chr(ord(character) + 0xFEE0) for character in code)
        spoken = format_code(code)
        assert len(spoken) == LENGTH + 3
        for written in (code, spoken, spoken.lower(), wide, f" {spoken.replace('-', ' — ')} ", "\ufeff" + code):
            assert clean_code(written) == code

    @given(st.text(alphabet=st.characters(exclude_categories=[])))
    def test_it_refuses_the_rest_in_words(self, text):
        if not is_code(text):
            with pytest.raises(ValidationError, match="9"):
                clean_code(text)

    def test_it_does_not_pass_with_junk_behind_it(self):
        assert not is_code(new_code() + " " * 100 + "X")

    def test_no_two_are_alike(self):
        assert len({new_code() for _ in range(2_000)}) == 2_000
        assert len({new_token() for _ in range(200)}) == 200
        assert len(new_token()) == 43


class TestToken:
    KEY = "0123456789abcdef0123"

    def test_it_opens_with_its_own_salt_only(self):
        token = sign_token(self.KEY, "door")
        assert token.isalnum()
        assert unsign_token(token, "door") == self.KEY
        assert unsign_token(token, "other") is None

    @given(place=st.integers(0, 31), other=st.sampled_from("0123456789abcdef"))
    def test_every_changed_character_is_noticed(self, place, other):
        token = sign_token(self.KEY, "door")
        changed = token[:place] + other + token[place + 1 :]
        assert unsign_token(changed, "door") == (self.KEY if changed == token else None)

    @given(st.text(alphabet=st.characters(exclude_categories=[])))
    def test_nothing_else_opens(self, text):
        assert unsign_token(text, "door") is None

    def test_printed_doors_outlive_a_new_secret_key(self, settings):
        token = sign_token(self.KEY, "door")
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-of-a-good-length-0123456789"
        assert unsign_token(token, "door") == self.KEY
        assert sign_token(self.KEY, "door") != token
        settings.SECRET_KEY_FALLBACKS = []
        assert unsign_token(token, "door") is None
