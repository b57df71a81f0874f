"""What the audit's slugs say, in the reader's language: actions, groups of them, kinds of subjects, fields.

Slugs of every app are here, of areas too: the page that shows them is one, and no area has a say in another's words.
"""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from . import wording
from .models import EventKind, LifeKind, OpeningReason

GROUPS: dict[str, Promise] = {
    "household.": _("Household files"),
    "resident.": _("Life events"),
    "request.": _("Requests"),
    "openings.": _("Openings of sealed details"),
    "list.": _("Printed lists"),
    "export.": _("Exports"),
    "data.": _("Requests about one’s own data"),
    "consent.": _("Consent"),
    "campaign.": _("Campaigns"),
    "retention.": _("Retention"),
    "photo.": _("Photos"),
    "user.": _("Accounts and sign-ins"),
    "tables.": _("Tables"),
    "invitation.": _("Invitations"),
    "admin.": _("Administration"),
}
"""What actions begin with, and how a filter names them."""

# A file's own history says "this file"; a list of many does not.
_OWN: dict[str, Promise] = {
    "household.opened": _("file set up"),
    "household.closed": _("file closed"),
    "household.visited": _("visit recorded"),
    "openings.looked": _("opened sealed details"),
    "openings.alarm": _("opened very much within an hour: those in charge were told"),
    "openings.allowed": _("was allowed to open more for an hour"),
    "photo.removed": _("photo removed"),
    "list.printed": _("list printed"),
    "user.signed_in": _("signed in"),
    "user.signed_out": _("signed out"),
    "user.sign_in_failed": _("sign-in failed"),
    "user.proved": _("proved who they are"),
    "user.not_proved": _("did not prove who they are"),
    "user.password_changed": _("password changed"),
    "user.administrator_made": _("administrator made on the server"),
    "user.sessions_ended": _("signed out on devices"),
    "user.factor_added": _("second factor set up"),
    "user.factor_removed": _("second factor removed"),
    "user.factors_reset": _("second factors reset"),
    "user.recovery_codes_made": _("recovery codes made"),
    "user.closed_unused": _("account closed, unused"),
    "user.opened_again": _("account opened again"),
    "user.left": _("left: work handed over"),
    "user.left_here": _("ended to serve in a place: work handed over"),
    "user.away": _("is away: work handed over"),
    "user.back": _("is back"),
    "tables.written": _("tables filled on the server"),
    "invitation.made": _("invited somebody"),
    "invitation.cancelled": _("invitation taken back"),
    "invitation.accepted": _("invitation accepted: account made"),
    "campaign.opened": _("campaign opened"),
    "campaign.closed": _("campaign closed"),
    "campaign.held": _("legal hold set"),
    "campaign.hold_lifted": _("legal hold lifted"),
    "campaign.let_go": _("unfinished requests taken out of the campaign"),
    "campaign.destruction_asked": _("destruction asked for"),
    "campaign.destruction_approved": _("destruction approved"),
    "campaign.destruction_withdrawn": _("destruction withdrawn"),
    "campaign.destroyed": _("data destroyed, certificate made"),
    "retention.applied": _("forgotten by a rule of retention"),
    "retention.changed": _("rule of retention changed"),
    # Of areas: `resilience.exports`, `resilience.privacy`.
    "export.asked": _("export asked for"),
    "export.approved": _("export allowed"),
    "export.refused": _("export refused"),
    "export.fetched": _("export fetched"),
    "export.expired": _("export over"),
    "export.ended": _("export ended"),
    "request.link_sent": _("link sent again by text message"),
    "data.asked": _("asked about their own data"),
    "data.taken": _("request about own data in hand"),
    "data.done": _("request about own data done"),
    "data.refused": _("request about own data refused"),
    "data.copied": _("own copy made"),
    "data.fetched": _("own copy fetched"),
    "data.warned": _("told that a clock of 30 days runs out"),
    "consent.given": _("agreed"),
    "consent.refused": _("said no"),
    "consent.taken_back": _("took back what they had agreed to"),
}
_ADMIN: dict[str, Promise] = {
    "added": _("%(row)s: added"), "changed": _("%(row)s: changed"), "deleted": _("%(row)s: deleted")
}  # fmt: skip
_KINDS: dict[str, Promise] = {
    "household": _("household"), "resident": _("resident"), "request": _("request"), "user": _("user"),
    "photo": _("photo"), "export": _("export"), "list": _("list"), "sign-in": _("user name"),
    "campaign": _("campaign"), "invitation": _("invitation"), "retention": _("rule"),
    "tables": _("tables"), "data_request": _("request about one’s own data"),
}  # fmt: skip


def action_words(slug: str) -> str:
    """An action as one reads it; one of another release as it is."""
    if slug in _OWN:
        return str(_OWN[slug])
    group, _dot, rest = slug.partition(".")
    if group == "admin":
        return _in_admin(rest) or slug
    return str(_written_elsewhere(group).get(rest, slug))


def _written_elsewhere(group: str) -> dict[str, Promise | str]:
    """Words that files and requests have for what happens to them."""
    choices = {"request": EventKind.choices, "resident": LifeKind.choices}.get(group, [])
    return {**wording.ACTIONS} if group == "household" else dict(choices)


def _in_admin(rest: str) -> str:
    name, _dot, what = rest.partition(".")
    return str(_ADMIN[what]) % {"row": kind_words(name)} if what in _ADMIN else ""


def why_words(slug: str, why: str) -> str:
    """The reason of an opening; of anything else as it is written down."""
    return str(dict(OpeningReason.choices).get(why, why)) if slug == "openings.looked" else why


def kind_words(kind: str) -> str:
    """What a row is about; a table of the administration by its own name."""
    if kind in _KINDS:
        return str(_KINDS[kind])
    model = _models().get(kind)
    return str(model._meta.verbose_name) if model else kind


def field_words(kind: str, name: str) -> str:
    """A field as a file's history names it, or else as the table it belongs to does: 'appointment.until_date'."""
    if name in wording.FIELDS:
        return wording.field(name)
    table, _dot, field = name.rpartition(".")
    model = _models().get(table or {"request": "servicerequest"}.get(kind, kind))
    verbose = {each.name: getattr(each, "verbose_name", "") for each in model._meta.get_fields()} if model else {}
    return str(verbose.get(field) or name)


@cache
def _models() -> dict[str, type[Model]]:
    return {str(model._meta.model_name): model for model in apps.get_models()}
