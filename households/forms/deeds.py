"""What a verb's form on the page of a request is: who may, when it is offered, and what the person saw."""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from resilience.lib.forms import BaseForm, KeyField, TextField
from resilience.lib.policies import Relation, policy_named

from .. import access
from ..models import ServiceRequest
from ..viewer import Viewer

NOT_SAID = frozenset({"csrfmiddlewaretoken", "key", "seen", "next"})  # fields of a form that nobody typed


class Standing:
    """What the viewer is to one request: by any of their roles, and by those that an address opens to."""

    def __init__(self, viewer: Viewer, service_request: ServiceRequest) -> None:
        self._viewer, self._service_request = viewer, service_request
        held = access.relations(viewer, service_request)
        # As it was before a verb: who gives it back had it.
        self.has_it, self.manages = Relation.HAS in held, Relation.MANAGED in held
        self._by: dict[frozenset[str], frozenset[Relation]] = {}

    def opens(self, url_name: str) -> bool:
        """Whether that address about the request opens to them."""
        policy = policy_named(url_name)
        if policy is None or not policy.lets_in(self._viewer.roles):
            return False
        return not policy.needs.isdisjoint(self._held(policy.roles))

    def _held(self, roles: frozenset[str]) -> frozenset[Relation]:
        """What they are to it by those of their roles. Dozens of addresses ask, for three or four sets of roles."""
        if roles not in self._by:
            self._by[roles] = access.relations(self._viewer, self._service_request, roles)
        return self._by[roles]


def seen_of(service_request: ServiceRequest) -> str:
    """What of a request a form rests on; another value when it comes back means somebody was faster."""
    return f"{service_request.state}.{service_request.worker_id or ''}.{service_request.reopened}"


def key_of(data: QueryDict, files: MultiValueDict[str, UploadedFile]) -> uuid.UUID | None:
    """The same for the same words and photos of one form, however often they arrive; None for a form without a key.

    Made of what was sent, too: who corrects their words after an answer that got lost says something new.
    """
    key = KeyField().clean(data.get("key", ""))
    if key is None:
        return None
    said: list[Any] = [(name, data.getlist(name)) for name in sorted(data) if name not in NOT_SAID]
    said += [(name, [(file.name, file.size) for file in files.getlist(name)]) for name in sorted(files)]
    return uuid.uuid5(key, json.dumps(said))


class Deed(BaseForm):
    """One verb. `slug` names its URL (`request-<slug>`), its button and the form that opens by `?do=<slug>`."""

    slug: ClassVar[str]
    label: ClassVar[Promise | str]  # on the button that opens it, and as its heading
    button: ClassVar[Promise | str]  # on the button that sends it
    icon: ClassVar[str] = "check"
    tone: ClassVar[str] = ""  # "danger": the button that sends it warns
    hint: ClassVar[Promise | str] = ""

    do_not_call_in_templates = True  # the page lists the classes themselves

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    key = KeyField()  # see key_of()

    def __init__(self, *args: Any, service_request: ServiceRequest, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{self.slug}_%s")
        super().__init__(*args, **kwargs)
        self.service_request = service_request
        self.fields["seen"].initial = seen_of(service_request)
        self.prepare()

    def prepare(self) -> None:
        """For what a form takes from its request: choices, first values."""

    @classmethod
    def may(cls, standing: Standing) -> bool:
        """Whether somebody of that standing has the right at all."""
        return standing.opens(f"request-{cls.slug}")

    @classmethod
    def fits(cls, service_request: ServiceRequest) -> bool:
        """Whether the request is in a state where it makes sense."""
        return service_request.is_open

    @classmethod
    def is_done(cls, service_request: ServiceRequest) -> bool:
        """Whether the request is already as a form without words would make it: somebody pressed it elsewhere."""
        return False

    @classmethod
    def typed(cls, data: QueryDict) -> list[tuple[str, str]]:
        """The words somebody wrote into the form, each after its label: what must not get lost with it."""
        words = {name: data.get(name, "") for name, field in cls.base_fields.items() if isinstance(field, TextField)}
        return [(str(cls.base_fields[name].label), text) for name, text in words.items() if text.strip()]

    @classmethod
    def is_plain(cls) -> bool:
        """Nothing to fill in: a button and no more."""
        return list(cls.base_fields) == ["seen", "key"]

    @property
    def is_stale(self) -> bool:
        """Whether the request moved on since the person saw it. A form without `seen` rests on nothing."""
        seen = self.data.get("seen", "")
        return bool(seen) and seen != seen_of(self.service_request)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.is_stale:
            self.add_error(None, _("Somebody else changed this request a moment ago. Look at it again, then decide."))
        return cleaned
