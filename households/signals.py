"""What the core tells the areas. Receivers live in `<area>/receivers.py` and answer within the core's transaction."""

from __future__ import annotations

from django.dispatch import Signal

purging = Signal()
"""A batch of rows is about to lose all that names somebody: do the same with what was made from them.

Sent inside the transaction, with `requests` (id → code as it was), `visits`, `needs`, `residents` and `households`
(lists of ids, most of them empty) and `ledger` (an `actions.ledger.Ledger`): a receiver destroys its own rows and
writes them into the ledger, so that the certificate counts them. A receiver that raises undoes the batch, which is
tried again.
"""

objecting = Signal()
"""Somebody is about to do what rests on consent alone. Sent with `to` ('care': note a special need, 'photos': take them
on a visit) and `resident` or `household`; a receiver that knows of a no answers with a sentence for who is about to.
"""

counting = Signal()
"""Somebody looks at what the end of a campaign would destroy. Sent with `campaign`; a receiver answers with a
list of (what it is called, `Deed`, how many): the lines it adds to the preview.
"""
