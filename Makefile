# Everything a developer needs. Wants GNU make, sh and Python 3.11 or newer with its venv module.

PYTHON ?= python3
ARGS ?=

# Without their compiled files each process starts slowly: pytest alone needs 15 s of CPU to collect the tests, with them 6.
unexport PYTHONDONTWRITEBYTECODE

# for the checks of `manage.py check --deploy`: settings as on a server, though nothing is connected to
AS_ON_A_SERVER = env -u DEBUG \
	SECRET_KEY=only-checked-never-served-2f8c1d9b7a6e5f4c3b2a1908 \
	PUBLIC_URL=https://posthorn.example \
	RECRUITING_DOMAIN=recruiting.posthorn.example \
	MAIL_ENCRYPTION_KEYS=only-checked-never-used \
	EMAIL_URL=smtps://platform:password@smtp.posthorn.example:465 \
	DATABASE_URL=postgres://posthorn@127.0.0.1/posthorn \
	CELERY_BROKER_URL=redis://127.0.0.1/0 \
	CACHE_URL=redis://127.0.0.1/1

.PHONY: help run test test-all schema bench check format messages screenshots lock venv installed installed-dev

help:
	@echo 'make run       set up if needed, then start Posthorn with its demo company'
	@echo 'make test      the quick tests on SQLite; what needs an absent server is skipped (ARGS="-k word")'
	@echo 'make test-all  all tests on PostgreSQL, Redis, Dovecot, Postfix and Chromium; nothing skipped'
	@echo 'make schema BASE=http://localhost:8000 COMPANY=1 TOKEN=…  the v1 interface by its description (needs uv;'
	@echo '              the server with V1_REQUESTS_PER_MINUTE=100000)'
	@echo 'make bench     ratios of the product to a floor, measured in one run (ARGS=sending)'
	@echo 'make check     format, lint, layers, types, templates, deployment, migrations'
	@echo 'make format    rewrite code and templates to the format that make check wants'
	@echo 'make screenshots  pictures of every main page at three widths, light and dark, into var/screenshots'
	@echo 'make messages  collect and compile the words of the German pages (needs gettext)'
	@echo 'make lock      write requirements*.txt anew from requirements*.in (needs uv)'

run: installed
	@exec .venv/bin/python manage.py up

test: installed-dev
	unset DATABASE_URL CELERY_BROKER_URL CACHE_URL; .venv/bin/python -m pytest -n 3 -m "not slow" $(ARGS)

test-all: installed-dev
	FORBID_SKIPS=1 TEST_PEERS=postgres,redis \
		.venv/bin/python -m tests.servers run -- .venv/bin/python -m pytest -n 2 $(ARGS)

# `positive_data_acceptance` is left out: which positions and documents there are is the company's own. That a wrong
# X-Company-ID was accepted is no finding: the one given here stood in its place.
schema:
	@command -v uv >/dev/null || { echo 'make schema needs uv: pip install uv'; exit 1; }
	uvx schemathesis@4.32.5 run $(BASE)/v1/openapi.json --exclude-checks positive_data_acceptance \
		-H 'Authorization: Bearer $(TOKEN)' -H 'X-Company-ID: $(COMPANY)' $(ARGS)

bench: installed-dev
	.venv/bin/python -m tests.bench $(ARGS)

check: installed-dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/mypy
	.venv/bin/djlint --check --quiet templates
	$(AS_ON_A_SERVER) .venv/bin/python manage.py check --deploy --fail-level WARNING
	DEBUG=1 DATABASE_URL=sqlite://:memory: .venv/bin/python manage.py makemigrations --check --dry-run

format: installed-dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	-.venv/bin/djlint --reformat --quiet templates

screenshots: installed-dev
	.venv/bin/python -m tests.screenshots

# needs Debian's gettext; whoever adds words to a page runs it and fills in what is empty or fuzzy
messages: installed-dev
	DEBUG=1 .venv/bin/python manage.py makemessages -l de --no-obsolete --no-location --no-wrap \
		--ignore .venv --ignore var --ignore tests
	sed -i '/^"Report-Msgid-Bugs-To/d;/^"POT-Creation-Date/d' locale/de/LC_MESSAGES/django.po
	msgfmt -c -o locale/de/LC_MESSAGES/django.mo locale/de/LC_MESSAGES/django.po

COMPILE = uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv'; exit 1; }
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt

venv:
	@command -v $(PYTHON) >/dev/null || \
		{ echo 'Python 3.11 or newer is needed: apt install python3 python3-venv'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; this is `$(PYTHON) --version`. make PYTHON=python3.x names another"; exit 1; }
	@test -f .venv/.made && .venv/bin/python -c '' 2>/dev/null || { \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
			{ echo 'Python cannot make virtual environments: apt install python3-venv'; exit 1; }; \
		echo 'Making .venv'; \
		$(PYTHON) -m venv --clear .venv && touch .venv/.made; }

# A copy of the lock beside what was installed from it tells whether there is anything to do.
install = cmp -s $(1) .venv/$(2) || { \
		echo 'Installing $(1)'; \
		{ command -v uv >/dev/null && uv pip install --quiet --compile-bytecode --require-hashes --python .venv/bin/python -r $(1); } || \
		.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
	} && cp $(1) .venv/$(2)

installed: venv
	@$(call install,requirements.txt,.installed)

installed-dev: installed
	@$(call install,requirements-dev.txt,.installed-dev)
