"""The product's settings, less what one test run must not share with another or with a developer.

Database, broker and cache are those the environment names (as ``make test-all`` does), else SQLite
and a broker and a cache inside the process.
"""

import os
import tempfile
from pathlib import Path

STATE_DIR = Path(tempfile.gettempdir()) / f"posthorn-tests-{os.getpid()}"  # see conftest.py
os.environ["STORAGE_DIR"] = str(STATE_DIR / "files")
os.environ["UPLOAD_DIR"] = tempfile.gettempdir()
os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DATABASE_URL", "sqlite:///" + str(STATE_DIR / "posthorn.sqlite3"))
os.environ.setdefault("CELERY_BROKER_URL", "memory://")
_CACHE_URL = os.environ.setdefault("CACHE_URL", "locmem://")

from ats.settings import *  # noqa: E402, F403 -- after the environment it reads

# gw0, gw1, …: tests that run at the same time do not see each other's cache
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if _CACHE_URL.startswith("redis://"):
    _LOCATION = f"{_CACHE_URL.rpartition('/')[0]}/{2 + _WORKER}"
    CACHES = {"default": {"BACKEND": "ats.cache.Shared", "LOCATION": _LOCATION}}
else:
    CACHES = {"default": {"BACKEND": "ats.cache.Own"}}

# a file, as in production: SQLite in memory cannot wait for another thread's lock
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405 -- the product's settings
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405 -- as above
    DATABASES["default"]["TEST"] = {"NAME": str(STATE_DIR / "tests.sqlite3")}  # noqa: F405 -- as above

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slow hashing tests nothing
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # no collectstatic before a test
