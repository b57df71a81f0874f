"""What becomes of a request about somebody's own data: asked, taken in hand, answered or refused, within 30 days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from households.actions.openings import open_values
from households.actions.telling import to_office
from households.models import (
    OpeningReason,
    Resident,
    Responsibility,
    Role,
    ServiceRequest,
)
from resilience.accounts.models import User
from resilience.audit.actions import record
from resilience.lib.errors import Refused
from resilience.lib.rows import NEVER, Stop, one_by_one
from resilience.outbox.actions import Draft, post
from resilience.outbox.models import Channel

from ..models import (
    ANSWERED_WITHIN,
    CARRIED_OUT,
    FETCHED_WITHIN,
    Asker,
    DataRequest,
    Identity,
    Kind,
    Refusal,
    RequestState,
    Warned,
)
from ..own_copy import Section
from ..reader import copy_of
from ..sealed import sealed_in

ABOUT = "data"
"""What messages of this area are about: no code of a request."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for, cleaned. `authority`: what lets somebody else ask for the person."""

    kind: Kind
    identity: Identity
    asker: Asker = Asker.SELF
    asker_name: str = ""
    authority: str = ""
    words: str = ""
    proposed: Mapping[str, str] = field(default_factory=dict)
    service_request: ServiceRequest | None = None  # on whose page it was asked


@transaction.atomic
def ask(resident: Resident, asking: Asking, *, by: User | None) -> DataRequest:
    """Write down what is asked; from now on the clock runs. `by` is None for the person themselves.

    `resident` with its household's community loaded.
    """
    _may_ask(asking)
    _says_what(asking)
    now = timezone.now()
    made = DataRequest(
        resident=resident,
        community=resident.household.community,
        grid=resident.household.grid,
        kind=asking.kind,
        asker=asking.asker,
        asker_name=asking.asker_name,
        authority=asking.authority,
        identity=asking.identity,
        words=asking.words,
        proposed=dict(asking.proposed),
        service_request=asking.service_request,
        recorded_by=by,
        asked_at=now,
        due_at=now + ANSWERED_WITHIN,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("They have asked for this already, and it is not answered yet."), field="kind") from None
    _write_down("asked", made, by=by)
    if by is not None and made.kind == Kind.DELETE and resident.phone:
        post([_to_person(made, resident)])
    return made


def told_key(data_request: DataRequest) -> str:
    """Of the message that tells a person what somebody wrote down for them."""
    return f"data:{data_request.pk}:asked"


def _to_person(made: DataRequest, resident: Resident) -> Draft:
    """What cannot be undone they hear of, should it not be them who asked. Nobody's name is in it."""
    with override(settings.LANGUAGE_CODE):
        words = _(
            "The community wrote down that you want your data with it deleted. If you do not want that, call %(phone)s."
        )
    body = words % {"phone": settings.DUTY_PHONE}
    return Draft(told_key(made), Channel.SMS, resident.phone, body, ABOUT)


def _may_ask(asking: Asking) -> None:
    if asking.asker == Asker.SELF:
        return
    if not asking.asker_name:
        raise Refused(_("Write who asks for them."), field="asker_name")
    if not asking.authority:
        raise Refused(_("Write what shows that they may ask for this person."), field="authority")


def _says_what(asking: Asking) -> None:
    if asking.kind == Kind.CORRECT and not asking.proposed:
        raise Refused(_("Say what should be put right."), field="field")
    if asking.kind == Kind.RESTRICT and not asking.words:
        raise Refused(_("Write what their data is not to be used for."), field="words")


@transaction.atomic
def take(data_request: DataRequest, *, by: User) -> None:
    """Somebody of the office sees to it from now on. Taken twice by the same person, nothing changes."""
    current = locked(data_request.pk)
    if current.state == RequestState.IN_HAND and current.taken_by_id == by.pk:
        return
    _move(current, RequestState.IN_HAND)
    current.taken_by = by
    current.save(update_fields=["state", "taken_by"])
    _write_down("taken", current, by=by)


@transaction.atomic
def answer(data_request: DataRequest, *, words: str, by: User) -> None:
    """It is done; `words` is what the person reads of it."""
    current = locked(data_request.pk)
    if current.kind in CARRIED_OUT:
        raise Refused(_("Carry it out, or say why it is not done."), field="deed")
    close(current, RequestState.DONE, words=words, by=by)


@transaction.atomic
def refuse(data_request: DataRequest, *, why: Refusal, words: str, by: User) -> None:
    """It is not done, for a reason that the law knows and the person reads, with where to complain."""
    if not words:
        raise Refused(_("Write to the person why. They read it."), field="words")
    current = locked(data_request.pk)
    current.refusal = why
    close(current, RequestState.REFUSED, words=words, by=by)


def close(current: DataRequest, state: RequestState, *, words: str, by: User) -> None:
    """End a locked one; for verbs that have done what was asked. What they proposed stands in the file or nowhere."""
    _move(current, state)
    current.answer, current.closed_by, current.closed_at = words, by, timezone.now()
    current.proposed = {name: said for name, said in current.proposed.items() if name == "field"}
    current.save(update_fields=["state", "answer", "closed_by", "closed_at", "refusal", "kept", "proposed"])
    _write_down(state.value, current, by=by, why=current.refusal)


@transaction.atomic
def let_fetch(data_request: DataRequest, *, by: User) -> None:
    """The copy may be fetched once, on the page of the link it was asked on, within 72 hours."""
    current = locked(data_request.pk)
    if current.kind != Kind.COPY or current.service_request_id is None:
        raise Refused(_("It was not asked for on the page of a request: hand the copy over at the desk."))
    if not current.is_open:
        raise Refused(_("This has been answered."))
    current.fetch_until_at = timezone.now() + FETCHED_WITHIN
    current.save(update_fields=["fetch_until_at"])
    close(current, RequestState.DONE, words="", by=by)


def fetch(data_request: DataRequest) -> bool:
    """Whether it may be handed out now: once, however many ask at once."""
    now = timezone.now()
    waiting = DataRequest.objects.filter(pk=data_request.pk, fetched_at__isnull=True, fetch_until_at__gt=now)
    with transaction.atomic():
        if not waiting.update(fetched_at=now):
            return False
        _write_down("fetched", data_request, by=None)
    return True


@transaction.atomic
def hand_over(data_request: DataRequest, *, by: User, role: str, shape: str) -> list[Section]:
    """The copy, for somebody at the desk who prints it or gives it as a file. What of it is masked elsewhere counts
    as opened. `data_request` with the person's household loaded; `role` is as what they do it.
    """
    if not locked(data_request.pk).may_be_copied or data_request.resident is None:
        raise Refused(_("There is no copy to make of this. Write down a new request for one."))
    sections = copy_of(data_request.resident)
    for subject, values in sealed_in(sections, data_request.resident):
        fields = [value.field for value in values]
        open_values(subject, fields=fields, given=values, reason=OpeningReason.ASKED, by=by, role=role)
    _write_down("copied", data_request, by=by, shape=shape)
    return sections


def locked(pk: int) -> DataRequest:
    """As it is now, held until the transaction ends."""
    rows = DataRequest.objects.select_related("community", "resident__household__community")
    return rows.select_for_update(of=("self",)).get(pk=pk)


def _move(current: DataRequest, state: RequestState) -> None:
    if not current.can_become(state):
        raise Refused(_("This has been answered."))
    current.state = state


def _write_down(deed: str, data_request: DataRequest, *, by: User | None, why: str = "", **more: str) -> None:
    resident = data_request.resident
    record(
        f"data.{deed}",
        by=by,
        subject=("resident", resident.uid.hex) if resident else ("data_request", data_request.uid.hex),
        place=data_request.office.code,
        why=why,
        details={"request": data_request.uid.hex, "kind": str(data_request.kind), **more},
    )


# --- somebody is to be called ---------------------------------------------------------------------
def let_call(made: DataRequest) -> None:
    """Tell the desk, and who answers for the door, that this person is to be called. Names nobody."""
    resident = made.resident
    assert resident is not None
    pages = {f"desk:{made.office.pk}": reverse("data-request", args=[made.uid])}
    for worker in (
        Responsibility.objects.active().filter(household=resident.household_id).values_list("worker", flat=True)
    ):
        pages[f"user:{worker}"] = reverse("resident-data", args=[resident.uid])
    with override(settings.LANGUAGE_CODE):
        words = _("Somebody takes back by their link that special needs are kept. Call them, before anything ends.")
    key = f"data:{made.pk}:call"
    post([
        Draft(f"{key}:{to}", Channel.WEBHOOK, to, f"{words}\n{settings.SITE_URL}{path}", ABOUT)
        for to, path in pages.items()
    ])  # fmt: skip


# --- the clock ------------------------------------------------------------------------------------
def warn_due(stop: Stop = NEVER) -> int:
    """Tell those in charge, once when a clock is near its end and once when it is over. Names nobody."""
    rows = DataRequest.objects.to_warn_of(timezone.now()).due_first().values_list("pk", flat=True)
    return one_by_one("data clock", list(rows), _warn, stop)


@transaction.atomic
def _warn(pk: int) -> bool:
    row = locked(pk)
    level = Warned.OVER if row.due_at <= timezone.now() else Warned.NEAR
    if not row.is_open or row.warned >= level:
        return False
    row.warned = level
    row.save(update_fields=["warned"])
    post(_told(row, level))
    _write_down("warned", row, by=None, level=level.name.lower())
    return True


def _told(row: DataRequest, level: Warned) -> list[Draft]:
    """To the desk's group chat, and by e-mail to the office who left an address."""
    with override(settings.LANGUAGE_CODE):
        words = (
            _("A request about somebody's own data should have been answered by %(day)s.")
            if level == Warned.OVER
            else _("A request about somebody's own data must be answered by %(day)s.")
        ) % {"day": date_format(timezone.localtime(row.due_at), "SHORT_DATE_FORMAT")}
    body = f"{words}\n{settings.SITE_URL}{reverse('data-request', args=[row.uid])}"
    return to_office(row.office, f"data:{row.pk}:{int(level)}", body, Role.STAFF, about=ABOUT)
