"""The outbox: written once, sent at least once, retried with patience, never forgotten."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import connection, connections, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from resilience.outbox import actions
from resilience.outbox.channels import NotSent, channel_for
from resilience.outbox.models import Channel, Message, MessageState

HERE = "tests.outbox.test_messages"
TO_US = override_settings(OUTBOX_CHANNELS=dict.fromkeys(Channel.values, f"{HERE}.Recorder"))


class Recorder:
    """A channel that keeps what it was given, or fails as `fails` says."""

    sent: ClassVar[list[tuple[str, str, str]]] = []
    fails: ClassVar[list[BaseException]] = []
    lock: ClassVar[threading.Lock] = threading.Lock()

    def send(self, *, recipient: str, body: str, key: str) -> None:
        with self.lock:
            if self.fails:
                raise self.fails.pop(0)
            self.sent.append((recipient, body, key))


class PowerCut(BaseException):
    """The process ends here: nothing catches it."""


def write(key: str = "k1", **more: str) -> Message:
    values = {"channel": Channel.SMS, "recipient": "15400000001", "body": "您好", "about": "ABC", **more}
    actions.post([actions.Draft(key=key, **values)])
    return Message.objects.get(key=key)


def again(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def later(message: Message, **ago: float) -> None:
    """As if that much time had passed for this message."""
    due = again(message).next_try_at - timedelta(**ago)
    Message.objects.filter(pk=message.pk).update(next_try_at=due)


class Fresh:
    def setUp(self) -> None:
        Recorder.sent.clear()
        Recorder.fails.clear()
        channel_for.cache_clear()
        self.addCleanup(channel_for.cache_clear)


@TO_US
class SendTests(Fresh, TestCase):
    def test_sends_once_and_notes_it(self) -> None:
        message = write()
        assert actions.send_due() == 1
        assert actions.send_due() == 0
        assert Recorder.sent == [("15400000001", "您好", "k1")]
        assert (again(message).state, again(message).tries) == (MessageState.SENT, 1)

    def test_writes_the_same_key_once(self) -> None:
        write("same")
        write("same", body="else")
        assert [message.body for message in Message.objects.all()] == ["您好"]

    def test_writes_nothing_when_the_verb_is_undone(self) -> None:
        with transaction.atomic():
            write()
            transaction.set_rollback(True)
        assert not Message.objects.exists()

    def test_tries_again_later_each_time_with_more_patience(self) -> None:
        message = write()
        waits = []
        for _ in range(3):
            Recorder.fails.append(NotSent("busy"))
            assert actions.send_due() == 0
            waits.append(round((again(message).next_try_at - timezone.now()).total_seconds() / 60))
            later(message, hours=5)
        assert waits == [2, 4, 8]
        assert again(message).last_error == "busy"
        assert actions.send_due() == 1
        assert (again(message).state, again(message).last_error) == (MessageState.SENT, "")

    def test_gives_up_after_so_many_tries(self) -> None:
        message = write()
        for _ in range(actions.MOST_TRIES):
            Recorder.fails.append(NotSent("busy"))
            actions.send_due()
            later(message, days=1)
        assert again(message).state == MessageState.FAILED
        assert actions.send_due() == 0
        assert Recorder.sent == []

    def test_gives_up_at_once_when_it_cannot_ever_go(self) -> None:
        message = write()
        Recorder.fails.append(NotSent("no such number", is_final=True))
        actions.send_due()
        assert (again(message).state, again(message).tries) == (MessageState.FAILED, 1)

    def test_a_faulty_channel_stops_no_other_message(self) -> None:
        first, second = write("k1"), write("k2")
        Recorder.fails.append(KeyError("15400000001 is in this text"))
        assert actions.send_due() == 1
        assert {again(first).state, again(second).state} == {MessageState.WAITING, MessageState.SENT}
        failed = Message.objects.get(state=MessageState.WAITING)
        assert failed.last_error == "KeyError"  # its kind, never its words

    def test_a_message_no_key_opens_is_given_up_and_stops_no_other(self) -> None:
        damaged, whole = write("k1"), write("k2")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE outbox_message SET body = recipient WHERE id = %s", [damaged.pk])
        assert actions.send_due() == 1
        assert Message.objects.filter(pk=damaged.pk, state=MessageState.FAILED, last_error="DamagedValue").exists()
        assert again(whole).state == MessageState.SENT

    def test_one_that_was_cut_off_while_sending_goes_out_when_the_lease_is_over(self) -> None:
        message = write()
        Recorder.fails.append(PowerCut())
        with pytest.raises(PowerCut):
            actions.send_due()
        assert actions.send_due() == 0, "another sender may still be at it"
        later(message, seconds=actions.LEASE.total_seconds() + 1)
        assert actions.send_due() == 1
        assert again(message).state == MessageState.SENT

    def test_a_sender_slower_than_its_lease_does_not_overwrite_who_came_after(self) -> None:
        message = write()
        assert actions._take(message.pk, 0)
        later(message, hours=1)
        assert actions._take(message.pk, 1)  # the lease ran out, somebody else has it
        Recorder.fails.append(NotSent("late"))
        actions._send(message.pk, 0)
        assert again(message).last_error == ""

    def test_forgets_all_that_is_about_something_and_says_what(self) -> None:
        gone, kept = write("gone"), write("kept")
        Message.objects.filter(pk=gone.pk).update(about="ABCDEFGHJ")
        assert actions.forget_about(["ABCDEFGHJ"]) == [gone.uid]
        assert list(Message.objects.values_list("pk", flat=True)) == [kept.pk]

    def test_keeps_recipient_and_words_unreadable_in_the_table(self) -> None:
        message = write()
        with connection.cursor() as cursor:
            cursor.execute("SELECT recipient, body FROM outbox_message WHERE id = %s", [message.pk])
            recipient, body = cursor.fetchone()
        assert b"15400000001" not in bytes(recipient)
        assert "您好".encode() not in bytes(body)


@TO_US
class ManySendersTests(Fresh, TransactionTestCase):
    def test_several_at_once_send_each_message_once(self) -> None:
        for number in range(40):
            write(f"k{number}")
        start, totals = threading.Barrier(4), []

        def send() -> None:
            start.wait()
            totals.append(actions.send_due())
            connections.close_all()

        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert sum(totals) == 40
        assert sorted(key for _, _, key in Recorder.sent) == sorted(f"k{number}" for number in range(40))
