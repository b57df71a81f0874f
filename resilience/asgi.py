"""The ASGI entry point, for a front server that speaks only ASGI."""

import os
from concurrent.futures import ThreadPoolExecutor

from django.core.asgi import get_asgi_application

from resilience.keys.guard import refuse_wrong_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resilience.settings")
application = get_asgi_application()
with ThreadPoolExecutor(1) as pool:  # a server may load this inside its event loop, where the database is not asked
    pool.submit(refuse_wrong_keys).result()
