"""The words that people agree to, in a house that has lost those that its migration wrote: emptied for a demo."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from ..default_texts import TEXTS
from ..models import ConsentText

SINCE = date(2026, 1, 1)


@transaction.atomic
def write_first_texts() -> int:
    """The first version of each purpose that has no words at all; gives how many."""
    there = set(ConsentText.objects.values_list("purpose", flat=True))
    missing = [(purpose, words) for purpose, words in TEXTS.items() if purpose not in there]
    for purpose, (words_zh, words_en) in missing:
        words = {"words_zh": words_zh, "words_en": words_en, "from_date": SINCE}
        ConsentText.objects.create(purpose=purpose, version=1, **words)
    return len(missing)
