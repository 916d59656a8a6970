"""What a WSGI server loads: ``patency.config.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "patency.config.settings")
application = get_wsgi_application()
