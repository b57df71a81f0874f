"""People with an account, with what they are where: the page of `accounts`, with the core's rows beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from households.models import Appointment, Assignment, Responsibility, Role
from households.models.appointments import MIXED, are_mixed_with_audit
from resilience.accounts.admin import PeopleAdmin, PersonForm
from resilience.accounts.models import User
from resilience.audit.admin import Audited
from resilience.lib.dates import today

from .base import Choosing

if TYPE_CHECKING:
    _FormSet = BaseInlineFormSet[Appointment, User, Any]
else:
    _FormSet = BaseInlineFormSet


class AppointmentFormSet(_FormSet):
    def clean(self) -> None:
        """Of several that are new on the same page, each alone would be right."""
        super().clean()
        filled = [form for form in self.forms if (form.is_valid() and form.has_changed()) or form.instance.pk]
        if not any(self.errors) and are_mixed_with_audit(form.instance for form in filled):
            raise ValidationError(MIXED)


class AppointmentInline(Choosing, admin.StackedInline):  # a table names its fields by no label
    model = Appointment
    formset = AppointmentFormSet
    extra = 0
    can_delete = False
    fields = ["role", ("region", "grid"), ("from_date", "until_date")]
    autocomplete_fields = ["region", "grid"]


class ServingPersonForm(PersonForm):
    def clean_is_active(self) -> bool:
        """A request never stays with somebody inactive: first their work goes to others, on the page for that."""
        stays: bool = self.cleaned_data["is_active"]
        if not stays and self.instance.is_active and _has_work(self.instance):
            raise ValidationError(_("Hand over their requests and households first, at the desk under People."))
        return stays

    def clean_is_superuser(self) -> bool:
        """An administrator may do everything, an auditor only look at what was done."""
        is_one: bool = self.cleaned_data["is_superuser"]
        if is_one and self.instance.appointments.of_role(Role.AUDITOR).during(today(), None).exists():
            raise ValidationError(MIXED)
        return is_one


def _has_work(user: User) -> bool:
    mine = {"worker": user, "ended_at__isnull": True}
    return Assignment.objects.filter(**mine).exists() or Responsibility.objects.filter(**mine).exists()


admin.site.unregister(User)


@admin.register(User)
class ServingPeopleAdmin(Audited, PeopleAdmin):
    form = ServingPersonForm
    inlines = [AppointmentInline]
