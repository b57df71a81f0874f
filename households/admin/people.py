"""People with an account, with what they are where: the page of `accounts`, with the core's rows beneath."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from households.models import Appointment, Assignment, Responsibility
from resilience.accounts.admin import PeopleAdmin, PersonForm
from resilience.accounts.models import User
from resilience.audit.admin import Audited

from .base import Choosing


class AppointmentInline(Choosing, admin.StackedInline):  # a table names its fields by no label
    model = Appointment
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


def _has_work(user: User) -> bool:
    mine = {"worker": user, "ended_at__isnull": True}
    return Assignment.objects.filter(**mine).exists() or Responsibility.objects.filter(**mine).exists()


admin.site.unregister(User)


@admin.register(User)
class ServingPeopleAdmin(Audited, PeopleAdmin):
    form = ServingPersonForm
    inlines = [AppointmentInline]
