#!/usr/bin/env python
"""Django's command line for Posthorn."""

import os
import sys
from pathlib import Path

import environ

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ats.settings")
    environ.Env.read_env(Path(__file__).resolve().parent / ".env")
    # A checkout without a SECRET_KEY is a development machine; servers (wsgi, celery) never assume it.
    if "SECRET_KEY" not in os.environ:
        os.environ.setdefault("DEBUG", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
