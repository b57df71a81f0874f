"""The ASGI entry point, for a front server that speaks only ASGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resilience.settings")
application = get_asgi_application()
