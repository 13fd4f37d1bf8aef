# Every target documents itself: `make` prints them.
.DEFAULT_GOAL := help
.PHONY: help run test check bench proof map format lint types borders migrations translations deps-audit messages lock clean
PY := .venv/bin/python
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm

##@ Start
run: .venv/.installed .state/assets .state/messages ## Set everything up and serve the market with its demo data
	.venv/bin/laotie up

##@ Work
test: .venv/.installed .state/assets .state/messages ## Run all tests, or one: make test T=path
ifdef T
	$(PY) -m pytest $(T)
else
	$(PY) -m pytest --ignore tests/browser $(if $(DATABASE_URL),,-n 2 --dist loadfile)
	$(PY) -m pytest tests/browser
endif

check: format lint types borders migrations translations test ## What CI runs

bench: .venv/.installed .state/assets .state/messages ## Run one benchmark beside its peer: make bench B=checkout (SHORT=1 for the short form)
	@test -n "$(B)" || { echo "make bench B=name; names: $$(ls bench/*.py | xargs -n1 basename | sed 's/\.py//' | grep -v '^_' | tr '\n' ' ')"; exit 1; }
	SHORT=$(SHORT) $(PY) -m bench.$(B)

proof: .venv/.installed .state/assets .state/messages ## The long proofs: kill -9 under load, long random lives
	$(PY) -m pytest -m proof --timeout 3600 $(T)

map: .venv/.installed ## Redraw docs/MAP.md from the import graph and the event registry
	$(PY) scripts/map.py

##@ Checks
format: .venv/.installed ## Is everything formatted?
	.venv/bin/ruff format --check .

lint: .venv/.installed ## ruff, every rule
	.venv/bin/ruff check .

types: .venv/.installed ## mypy --strict
	.venv/bin/mypy

borders: .venv/.installed ## Floors and doors between the modules
	.venv/bin/lint-imports

migrations: .venv/.installed ## Is a migration missing?
	.venv/bin/laotie manage makemigrations --check --dry-run

translations: .venv/.installed ## Is the Chinese catalogue complete?
	$(PY) scripts/messages.py --check

deps-audit: .venv/.installed ## Known advisories for the locked versions
	.venv/bin/pip-audit --require-hashes --disable-pip -r requirements.lock || echo "Advisories could not be reached from here; nothing was checked."

##@ Upkeep
messages: .venv/.installed ## Collect the sentences of the code into the translation catalogues
	$(PY) scripts/messages.py

lock: ## Pin every dependency with its hashes
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --extra dev -o requirements.lock

clean: ## Remove what was built; keeps var/, where the data lives
	rm -rf .venv .state node_modules src/laotie/web/static/dist

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

.venv/.installed: requirements.lock pyproject.toml scripts/environment.sh
	scripts/environment.sh
	@touch $@

.state/node: package.json package-lock.json | .venv/.installed
	$(NPM) ci --no-fund --no-audit --loglevel=error
	@touch $@

.state/assets: .state/node vite.config.ts $(shell find src/laotie -path '*/assets/*' -type f -o -name '*.html' -type f)
	$(NPM) run --silent build
	@touch $@

.state/messages: $(wildcard src/laotie/web/locale/*/LC_MESSAGES/*.po) | .venv/.installed
	$(PY) scripts/messages.py --compile
	@touch $@
