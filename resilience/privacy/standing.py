"""How it stands with somebody's consent, purpose by purpose, as their page and their own show it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from households.models import Resident
from households.reference import keep

from .models import Answer, Consent, ConsentText, Purpose


@dataclass(frozen=True, slots=True)
class Standing:
    """`text`: the words that hold today, None where staff wrote none; `last`: what was said last, if anything."""

    purpose: Purpose
    text: ConsentText | None
    last: Consent | None

    @property
    def label(self) -> str:
        return str(self.purpose.label)

    @property
    def holds(self) -> bool:
        return self.last is not None and self.last.holds

    @property
    def is_outdated(self) -> bool:
        """Whether the yes was to words that have changed since."""
        return self.holds and self.text is not None and self.last is not None and self.last.text_id != self.text.pk

    @property
    def look(self) -> str:
        if self.last is None:
            return "open"
        return "waiting" if self.is_outdated else "done" if self.holds else "cancelled"

    @property
    def words(self) -> str:
        if self.last is None:
            return _("not asked yet")
        if self.last.answer == Answer.NO:
            return _("said no") if self.last.ended_at is None else _("not asked again")
        return _("agreed") if self.holds else _("taken back")


def current_texts() -> dict[str, ConsentText]:
    """The words that hold today, by purpose: a table that staff seldom edit. A verb reads it anew."""
    return keep("consent texts", lambda: {text.purpose: text for text in ConsentText.objects.current()})


def standing_of(resident: Resident) -> list[Standing]:
    """One statement, whatever there is; the words are kept in memory."""
    texts = current_texts()
    rows = Consent.objects.filter(resident=resident).latest_of_each().select_related("text", "recorded_by")
    last = {consent.purpose: consent for consent in rows}
    return [Standing(purpose, texts.get(purpose), last.get(purpose)) for purpose in Purpose]
