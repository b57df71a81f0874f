"""What the outbox asks those above it. Receivers live in `<area>/receivers.py`."""

from __future__ import annotations

from django.dispatch import Signal

leaving = Signal()
"""A message is about to go out. Sent with `message`, as often as it is tried; a receiver that answers a word (a code,
no data of a person) stops it for good.
"""
