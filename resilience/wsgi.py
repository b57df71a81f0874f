"""The WSGI entry point: `granian --interface wsgi resilience.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from resilience.keys.guard import guarded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resilience.settings")
application = guarded(get_wsgi_application())
