"""The page of a request, and what is said and decided about it; who has it is in `assignments.py`."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from resilience.lib.http import AuthedRequest

from .. import access, policies
from ..actions import answers, items
from ..actions import requests as verbs
from ..forms import requests as forms
from ..forms.items import ItemForm
from ..models import ItemState
from .request_page import actor_of, answer, show


@require_safe
@policies.reader_or_helper
def page(request: AuthedRequest, code: str) -> HttpResponse:
    """`?do=<slug>` opens the form of that verb."""
    return show(request, access.request_on_page(request.viewer, code))


# --- whoever has it or decides about it -----------------------------------------------------------
@require_POST
@policies.serving_or_helper
def reply(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.ReplyForm,
        lambda row, data: verbs.reply(row, by=request.user, actor=actor_of(request.viewer, row), text=data["text"]),
        done=_("Your reply is on their page."),
    )


@require_POST
@policies.serving_or_helper
def note(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.NoteForm,
        lambda row, data: verbs.remark(row, by=request.user, actor=actor_of(request.viewer, row), text=data["text"]),
        done=_("The note is saved."),
    )


@require_POST
@policies.anyone_serving
def pause(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.PauseForm,
        lambda row, data: verbs.pause(
            row, by=request.user, actor=actor_of(request.viewer, row), question=data["question"]
        ),
        done=_("The question is on their page. The clock stands still until they answer."),
    )


@require_POST
@policies.anyone_serving
def resume(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.ResumeForm,
        lambda row, data: verbs.resume(row, by=request.user, actor=actor_of(request.viewer, row), note=data["note"]),
        done=_("The clock runs again."),
    )


@require_POST
@policies.serving_or_helper
def item(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        ItemForm,
        lambda row, data: items.report_item(
            row,
            item=data["item"],
            by=request.user,
            actor=actor_of(request.viewer, row),
            state=ItemState(data["state"]),
            next_date=data["next_date"],
            note=data["note"],
        ),
        done=_("Recorded what became of it."),
    )


@require_POST
@policies.serving_or_helper
def resolve(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.ResolveForm,
        lambda row, data: verbs.resolve(
            row,
            by=request.user,
            actor=actor_of(request.viewer, row),
            what_was_done=data["what_was_done"],
            photos=data["photos"],
            for_good=data["for_good"],
        ),
        done=lambda data: (
            _("Done for now. It stays with you and comes back on its day.")
            if data.get("is_resting")
            else _("Reported as done. The resident is asked whether it is.")
        ),
    )


# --- the desk -------------------------------------------------------------------------------------
@require_POST
@policies.anyone_serving
def take_up(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.TakeUpForm,
        lambda row, _data: verbs.take_up(row, by=request.user),
        done=_("Taken up."),
    )


@require_POST
@policies.anyone_serving
def edit(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.EditForm,
        lambda row, data: verbs.edit(
            row, by=request.user, category=data["category"], urgency=data["urgency"], why=data["why"]
        ),
        done=_("Corrected, and the clocks with it."),
    )


@require_POST
@policies.anyone_serving
def reject(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.RejectForm,
        lambda row, data: verbs.reject(row, by=request.user, reason=data["reason"], is_excluded=data["is_excluded"]),
        done=_("Not taken up. The resident reads the reason."),
    )


@require_POST
@policies.anyone_serving
def reopen(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.ReopenForm,
        lambda row, data: answers.reopen(row, by=request.user, words=data["words"]),
        done=_("Opened again, with fresh clocks."),
    )


@require_POST
@policies.anyone_serving
def take_back(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.TakeBackForm,
        lambda row, _data: answers.take_back(row, by=request.user),
        done=_("Taken back: it goes on where it stood."),
    )


@require_POST
@policies.anyone_serving
def cancel(request: AuthedRequest, code: str) -> HttpResponse:
    return answer(
        request,
        code,
        forms.CancelForm,
        lambda row, data: answers.cancel(row, by=request.user, why=data["why"]),
        done=_("Cancelled, as they asked."),
    )
