"""Every form there is and a good answer to each: what `test_bad_input.py` and `test_bad_uploads.py` send spoilt.

One table names every address that takes a POST; one that is new and not in it fails. Its fields are read from its
form, so a new field is tried without a word here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.forms import BaseForm as DjangoForm

from households.forms import (
    audit,
    bulk,
    calls,
    campaigns,
    doors,
    filing,
    invitations,
    life_events,
    openings,
    people,
    prints,
    residents,
    tracking,
    twins,
)
from households.forms import drafts as asking
from households.forms import households as files
from households.forms import visits as visiting
from households.views.request_page import BY_SLUG
from resilience.accounts import forms as entry
from resilience.exports import forms as exports
from resilience.lib.dates import today
from resilience.privacy import forms as privacy
from tests.households.ask import DETAILS, WHAT
from tests.surface import ANY, TABLE


@dataclass(frozen=True)
class Sent:
    """One form as somebody sends it. `good` is a valid one; '@path' in it stands for an attribute of the test."""

    actor: str
    form: type[DjangoForm]
    good: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # of its fields, where the form asks a part of them
    on: str = "request"  # which request of the test it is about
    more: dict[str, Any] = field(default_factory=dict)
    answer: int = 303  # to a good one


def _deed(slug: str, actor: str, on: str = "request", **good: Any) -> Sent:
    return Sent(actor, BY_SLUG[slug], good, on=on)


_WHY = {"why": "她女儿来电话说的"}
_PERSON = {"name": "王安", "sex": "f", "relation": "other", "registered": "", "birth": "1990"}
_HAPPENED = {"day": today().isoformat(), "note": "她女儿说的"}
_VISIT = {
    "key": str(uuid.UUID(int=7)), "what": "found", "category": "@category.pk", "words": "水管漏水", "urgency": "normal",
    "note": "敲门很久",
}  # fmt: skip
_FILED = {
    "key": str(uuid.UUID(int=8)), "step": "file", "source": "hotline", "household": "", "community": "@home.pk",
    "address": "西园市场东门", "what": ["groceries"], "urgency": "normal", **DETAILS, "every_days": "",
    "known": ["@request.code", "@fresh.code", "@paused.code"],  # of what was asked before
}  # fmt: skip
_CAMPAIGN = {
    "name": "防汛行动", "region": "@home.code", "purpose": "转移物资", "legal_basis": "emergency",
    "legal_reference": "第3号令", "planned_end_date": "@soon", "categories": ["groceries"],
}  # fmt: skip
_INVITED = {
    "name": "刘芳",
    "phone": "19900005678",
    "role": "worker",
    "place": "@grid.code",
    "from_date": "@soon",
    "until": "",
}
_AUDIT = {
    "who": "worker", "action": "", "about": "@request.code", "place": "620103", "since": "2026-01-01",
    "until": "2099-01-01",
}  # fmt: skip


def _open(actor: str) -> tuple[Sent, ...]:
    """The values are in the answer."""
    return (Sent(actor, openings.OpenForm, {"what": "phone", "reason": "other", "words": "她女儿要回电"}, answer=200),)


def _of_resident(what: str, form: type[DjangoForm], uid: str = "@resident.uid", **good: Any) -> Sent:
    return Sent("worker", form, {**_HAPPENED, **good}, more={"what": what, "uid": uid})


FORMS: dict[str, tuple[Sent, ...]] = {
    "ask-where-unlisted": (Sent("anonymous", asking.AddressForm, {"address": "西园市场东门"}),),
    "ask-details": (Sent("anonymous", asking.AskForm, DETAILS, asking.STEPS["details"]),),
    "door": (Sent("anonymous", asking.AskForm, {**WHAT, **DETAILS}, asking.STEPS["door"]),),
    "track-find": (Sent("anonymous", tracking.FindForm, {"code": "@request.code", "tail": "7003"}),),
    "track-confirm": (
        Sent("anonymous", tracking.ConfirmForm, {"outcome": "done", "rating": "satisfied", "words": "好"}, on="done"),
    ),
    "track-reopen": (Sent("anonymous", tracking.ReopenForm, {"words": "又坏了"}, on="closed"),),
    "track-note": (Sent("anonymous", tracking.NoteForm, {"text": "还要两袋盐"}),),
    "track-cancel": (Sent("anonymous", tracking.CancelForm, {"why": "不用了谢谢"}),),
    "round-households": (Sent("worker", visiting.SearchForm, {"q": "金雀"}, answer=200),),
    "household-door": (Sent("worker", visiting.VisitForm, _VISIT),),
    "desk-new": (Sent("clerk", filing.FilingForm, _FILED),),
    "bulk-assign": (
        Sent(
            "clerk",
            bulk.BulkAssignForm,
            {"code": "@request.code", "worker": "@colleague.uid", "note": "她近", "step": "confirm", "seen": "@seen"},
        ),
    ),
    "twins": (
        Sent(
            "clerk",
            twins.MergeForm,
            {"codes": "@pair", "twin": ["@request.code", "@fresh.code"], "into": "@request.code", **_WHY},
        ),
    ),
    "call-answer": (Sent("clerk", calls.CallForm, {"answer": "still", "words": "还要米"}),),
    "person-leave": (
        Sent(
            "clerk",
            people.HandoverForm,
            {"for_good": "no", "away_until": "2099-01-01", "receivers": "@colleague.pk", "step": "confirm", **_WHY},
        ),
    ),
    "request-decline": (_deed("decline", "worker", reason="病了起不来"),),
    "request-hand-over": (_deed("hand-over", "worker", worker="@lead.uid", why="病了起不来"),),
    "request-assign": (_deed("assign", "clerk", worker="@colleague.uid", note="她住得近"),),
    "request-reply": (_deed("reply", "worker", text="下午三点去"),),
    "request-note": (_deed("note", "worker", text="门铃坏了"),),
    "request-pause": (_deed("pause", "worker", question="您住几楼？"),),
    "request-resume": (_deed("resume", "worker", "paused", note="住在五楼"),),
    "request-item": (
        _deed("item", "worker", item="@item.pk", state="for_now", next_date="@soon", note="先给一袋"),
    ),
    "request-resolve": (_deed("resolve", "worker", what_was_done="米已送到家"),),
    "request-edit": (_deed("edit", "clerk", category="@category.pk", urgency="low", why="打电话问过"),),
    "request-reject": (_deed("reject", "clerk", reason="不归我们管"),),
    "request-reopen": (_deed("reopen", "clerk", "closed", words="她说没修好"),),
    "request-cancel": (_deed("cancel", "clerk", why="她说不用了"),),
    "door-code": (Sent("clerk", doors.RenewForm, _WHY),),
    "household-amend": (Sent("worker", files.AmendForm, {"care_colour": "red", "door_note": "用力敲门", **_WHY}),),
    "household-phone-add": (Sent("worker", files.PhoneForm, {"number": "19900001234", "label": "大女儿家"}),),
    "household-phone-remove": (Sent("worker", files.RemovePhoneForm, {"phone": "@phone.pk", **_WHY}),),
    "household-responsible": (Sent("clerk", files.ResponsibleForm, {"worker": "@lead.pk", **_WHY}),),
    "household-close": (Sent("clerk", files.WhyForm, _WHY, more={"uid": "@empty.uid"}),),
    "resident-add": (Sent("worker", residents.PersonForm, _PERSON),),
    "resident-amend": (Sent("worker", residents.AmendPersonForm, {**_PERSON, **_WHY}, more={"uid": "@son.uid"}),),
    "need-add": (
        Sent("worker", residents.NeedForm, {"kind": "@other_kind.pk", "since": "2026-01-01", "note": "周二透析"}),
    ),
    "need-end": (Sent("worker", residents.EndNeedForm, {"need": "@need.pk", "until": today().isoformat(), **_WHY}),),
    "household-event": (
        Sent("worker", life_events.MovedInForm, {**_PERSON, **_HAPPENED}, more={"what": "moved-in"}),
        Sent("worker", life_events.PersonHereForm, {"person_search": "王秀英", **_HAPPENED, "relation": "other"},
             more={"what": "moved-here"}),
        Sent("worker", life_events.BornForm, {**_PERSON, **_HAPPENED}, more={"what": "born"}),
        Sent(
            "worker", life_events.SplitOffForm,
            {"people": "@son.pk", "head": "@son.pk", "entrance": "2", "floor": "3", "door": "302", **_HAPPENED},
            more={"what": "split-off"},
        ),
    ),
    "resident-event": (
        _of_resident("moved-out", life_events.MovedOutForm, elsewhere="天水市", new_contact="@son.pk", to_search=""),
        _of_resident("died", life_events.LeavesForm, new_contact="@son.pk"),
        _of_resident("went-away", life_events.WentAwayForm, elsewhere="天水市", until="@soon", to_search=""),
        _of_resident("new-head", life_events.HappenedForm, "@son.uid"),
        _of_resident("restored", life_events.HappenedForm, "@dead.uid"),
        _of_resident("came-back", life_events.HappenedForm, "@gone.uid"),
    ),
    "export-new": (
        Sent(
            "clerk",
            exports.AskForm,
            {"purpose": "relief", "words": "周三发米", "columns": ["address", "phone"], "form": "csv"},
        ),
    ),
    "export-decide": (Sent("clerk", exports.DecideForm, {"decision": "同意", "step": "approve"}),),
    "special-needs-list": (Sent("clerk", prints.PrintForm, {"purpose": "visits"}),),
    "not-visited-list": (Sent("clerk", prints.PrintForm, {"purpose": "visits"}),),
    "consent-say": (
        Sent(
            "worker", privacy.WordForm,
            {
                "answer": "yes", "how": "paper", "given_by": "guardian", "guardian": "else", "guardian_name": "王小妹",
                "guardian_is": "child",
            },
        ),
    ),
    "data-request-new": (
        Sent("clerk", privacy.AskForm, {"kind": "restrict", "identity": "card", "asker": "self", "words": "不要拍照"}),
        Sent(
            "clerk", privacy.AskForm,
            {
                "kind": "correct", "identity": "card", "asker": "guardian", "asker_name": "王建军",
                "authority": "户口本", "field_name": "name", "value": "王秀莹",
            },
            more={"uid": "@son.uid"},  # nothing of theirs is asked for yet
        ),
    ),
    "data-request-do": (
        Sent("clerk", privacy.DoForm, {"words": "已改好"}, more={"uid": "@correction.uid"}),
    ),
    "data-request-answer": (
        Sent("clerk", privacy.AnswerForm, {"deed": "refused", "refusal": "duty", "words": "法律要求保存"}),
    ),
    "building-open-door": (
        Sent("worker", files.DoorForm, {"entrance": "2", "floor": "3", "door": "301", "why": "新来的人家"}),
    ),
    "household-open": _open("worker"),
    "resident-open": _open("worker"),
    "request-open": _open("worker"),
    "campaign-new": (Sent("clerk", campaigns.CampaignForm, _CAMPAIGN),),
    "campaign-hold": (Sent("clerk", campaigns.HoldForm, {"why": "案件未结", "until_date": "@soon"}),),
    "campaign-preview": (
        Sent("clerk", campaigns.LetGoForm, {"codes": "@kept.code", **_WHY}, more={"uid": "@kept.campaign.uid"}),
    ),
    "campaign-destroy": (
        Sent("clerk", campaigns.DestroyForm, {"typed": "@emptied.name"}, more={"uid": "@emptied.uid"}),
    ),
    "invitation-new": (Sent("clerk", invitations.InviteForm, _INVITED),),
    "audit": (Sent("auditor", audit.AuditForm, _AUDIT),),
    "accounts:add_app": (Sent("worker", entry.CodeForm, {"code": "@new_code"}),),
    "accounts:second_factor": (Sent("half in", entry.CodeForm, {"code": "@lead_code"}),),
    "accounts:confirm": (Sent("lead", entry.CodeForm, {"code": "@lead_code"}),),
    # What only a browser can prove is not proved here: refused, whatever its name. With a key: see tests/browser.
    "accounts:add_passkey": (
        Sent("worker", entry.PasskeyForm, {"credential": "{}", "name": "蓝色钥匙"}, answer=422),
    ),
}  # fmt: skip
# Nothing to type: what they send is chosen from a list, or they are a button.
BUTTONS = {
    "ask", "ask-kind", "ask-danger", "ask-where-doors", "ask-send", "ask-add", "ask-clear", "request-accept",
    "request-start", "request-take-up", "request-unmerge", "household-confirm", "accounts:logout", "text_size",
    "set_language", "ask-often", "person-back", "request-take-back", "consent-take-back",
    "data-request-take", "data-request-copy", "data-request-fetch", "data-request-proposed",
    "accounts:sessions", "accounts:remove_factor", "accounts:recovery_codes", "accounts:passkey_options",
    "person-sessions", "invitation-cancel", "people-dormant", "audit-verify", "export-fetch", "export-end",
    "campaign-approve", "campaign-close", "openings-allow",
}  # fmt: skip
SEARCHES = {"desk-search", "households"}  # read by the view, without a form
# What can be typed there is tried in a test of its own.
ELSEWHERE = {
    "accounts:login": "tests/accounts/test_login.py",
    "accounts:password": "tests/accounts/test_login.py",
    "track-data": "tests/privacy/test_track_data.py",
    "invited": "tests/households/test_invitations.py",
    "accounts:passkey": "tests/accounts/test_second_factor.py",
}
POSTED = {name for name, rule in TABLE.items() if "POST" in rule.methods or rule.methods == ANY}


def typed(sent: Sent, kinds: tuple[type, ...]) -> list[str]:
    """The names of its fields of these kinds."""
    known: dict[str, Any] = sent.form.base_fields
    return [name for name in (sent.names or known) if isinstance(known.get(name), kinds)]
