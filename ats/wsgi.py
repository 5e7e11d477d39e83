"""WSGI entry point for gunicorn and other servers."""

import os

from django.core.wsgi import get_wsgi_application

from careers.receiving.bodies import accept_all

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ats.settings")

application = accept_all(get_wsgi_application())
