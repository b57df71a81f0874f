#!/usr/bin/env python3
"""The one entry point: `python3 manage.py demo` on a bare machine sets itself up first."""

import os
import sys

from resilience import bootstrap


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resilience.settings")
    bootstrap.ensure()
    # Only now is there anything to import.
    from django.core.management import execute_from_command_line

    from resilience import translations

    translations.compile_all()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
