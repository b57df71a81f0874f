"""Messages that must go out: written in the transaction that caused them, sent later by `manage.py work`."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from resilience.lib.crypto import EncryptedTextField
from resilience.lib.dates import MAX_MOMENT, MIN_MOMENT
from resilience.lib.db import MOST_SMALL, bounded


class Channel(models.TextChoices):
    SMS = "sms", _("text message")
    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("group chat")


class MessageState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    FAILED = "failed", _("given up")


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> MessageQuerySet:
        """Waiting, its time has come, and no other sender holds it."""
        return self.filter(state=MessageState.WAITING, next_try_at__lte=now)


class Message(models.Model):
    """One message to one recipient. `key` makes it once: the same key is never written twice.

    A sender takes a message by moving `next_try_at` into the future in one conditional UPDATE (a lease); a sender
    that dies leaves a message that comes due again.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    recipient = EncryptedTextField(aad="outbox.message.recipient", verbose_name=_("recipient"))
    body = EncryptedTextField(aad="outbox.message.body", verbose_name=_("text"))
    about = models.CharField(_("about"), max_length=20, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    last_error = models.CharField(_("last error"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["next_try_at"], name="message_due", condition=models.Q(state="waiting")),
            models.Index(fields=["about"], name="message_about"),
            models.Index(fields=["sent_at"], name="message_sent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=bounded(MIN_MOMENT, MAX_MOMENT, "next_try_at", "created_at", "sent_at"),
                name="message_times_bounded",
            ),
            models.CheckConstraint(condition=bounded(0, MOST_SMALL, "tries"), name="message_tries_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.about}"
