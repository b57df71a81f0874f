"""`manage.py campaign_certificate UID`"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from households.certificates import as_file, faults
from households.models import Destruction
from households.tombstones import directory


class Command(BaseCommand):
    help = "Check the destruction certificate of a campaign against the digests kept; with --json, print both."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uid", type=UUID, help="of the campaign, as in the address of its page")
        parser.add_argument("--json", action="store_true", help="the certificate and every digest, as JSON")

    def handle(self, *args: Any, uid: UUID, **options: Any) -> None:
        done = Destruction.objects.done().select_related("campaign__region", "asked_by", "approved_by")
        destruction = done.filter(campaign__uid=uid).first()
        if destruction is None:
            self._from_file(uid, is_json=options["json"])
            return
        if options["json"]:
            self.stdout.write(as_file(destruction))
        if found := faults(destruction):
            raise CommandError(f"The certificate does not fit: {', '.join(found)}.")
        if not options["json"]:
            self.stdout.write(f"The certificate fits. SHA-256 {destruction.hash}")

    def _from_file(self, uid: UUID, *, is_json: bool) -> None:
        """A restored backup may be older than the certificate; its file beside the tombstones is not."""
        path = directory() / "certificates" / f"{uid.hex}.json"
        if not path.exists():
            raise CommandError("There is no certificate of that campaign.")
        if is_json:
            self.stdout.write(path.read_text(encoding="utf-8"))
        else:
            self.stdout.write(f"Only its file is left, not its row: the database is older. {path}")
