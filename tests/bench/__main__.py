"""Run the benchmarks named on the command line, or all, each on an empty database of its own."""

import os
import shutil
import sys
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

BENCHMARKS = ("sending", "ingest", "applying", "doors", "pages")


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(BENCHMARKS)
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.")
        return 2
    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.DEBUG = False  # or every query is written down
    name = connection.settings_dict["NAME"]
    for benchmark in wanted or BENCHMARKS:
        settings.STATE_DIR.mkdir(exist_ok=True)
        connection.creation.create_test_db(verbosity=0)
        try:
            import_module(f"tests.bench.{benchmark}").run()
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
            shutil.rmtree(settings.STATE_DIR, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
