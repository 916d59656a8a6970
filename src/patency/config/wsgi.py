"""What a WSGI server loads: ``patency.config.wsgi:application``."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from patency.doors.web.house import the_house

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "patency.config.settings")
application = get_wsgi_application()

# Pages and their house are read now, not while the first person waits. What is here now stays, so
# the collector need not look through it during a request, which cost 100 to 350 ms now and then.
get_resolver().url_patterns  # noqa: B018
the_house()
gc.collect()
gc.freeze()
