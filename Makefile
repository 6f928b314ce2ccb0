# Copyright: (c) 2026, msp.entra contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Needs make, git and a python3 of 3.11 or newer; every target sets up what else it needs in .venv.
PYTHON ?= python3
PORT ?= 8443
SEED ?= tests/demo/tenants.yml

SET_UP = $(PYTHON) tests/tools/set_up.py
BIN = .venv/bin
# Some tools start others of the same environment by name.
IN_VENV = PATH="$(CURDIR)/$(BIN):$$PATH"

# What is tested is this checkout, not a copy of the collection installed in the user's home, which Ansible would prefer;
# and a home that cannot be written to is no obstacle.
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
unexport ANSIBLE_COLLECTIONS_PATH
unexport ANSIBLE_CONFIG
unexport PYTHONPATH

# The tests of a file have much in common, which is made once if they are in one process; files with much to do come first.
BY_FILE = --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: ## watch two practice tenants being protected, in about a minute; nothing real is touched
	@$(SET_UP) demo
	@$(BIN)/python tests/demo/run.py

.PHONY: emulator
emulator: ## serve the practice tenants until Ctrl-C (PORT=8443, SEED=tests/demo/tenants.yml)
	@$(SET_UP) demo
	@mkdir -p .cache/emulator
	@echo "Clients trust it with the CA certificate $(CURDIR)/.cache/emulator/ca-$(PORT).pem"
	@exec $(BIN)/python -m graph_emulator --port $(PORT) --seed "$(SEED)" --ca-file .cache/emulator/ca-$(PORT).pem

.PHONY: test
test: ## everything a change must pass: lint, documentation, sanity, build, unit and integration tests, on two Pythons if found
	@$(SET_UP) demo test sdk browser lint build
	@$(BIN)/python tests/tools/side_by_side.py --last test-pytest lint test-docs test-build test-sanity test-second-python

.PHONY: test-pytest
test-pytest: ## unit and integration tests
	@$(SET_UP) demo test sdk browser
	@$(BIN)/python tests/demo/chromium.py
	@$(BIN)/python -m pytest -n auto $(BY_FILE)

.PHONY: test-unit
test-unit: ## unit tests
	@$(SET_UP) demo test sdk browser
	@$(BIN)/python tests/demo/chromium.py
	@$(BIN)/python -m pytest -n auto $(BY_FILE) tests/unit

.PHONY: test-integration
test-integration: ## playbooks and modules against the emulator
	@$(SET_UP) demo test sdk
	@$(BIN)/python -m pytest -n auto $(BY_FILE) tests/integration

.PHONY: test-second-python
test-second-python: ## the collection's tests on a Python that runs the other end of the supported Ansible releases
# Without what an Ansible makes no difference to: the practice server, and tests that say so.
	@$(PYTHON) tests/tools/second_python.py -m pytest -n auto $(BY_FILE) -m 'not one_ansible' --ignore tests/unit/graph_emulator

.PHONY: test-matrix
test-matrix: ## part of the tests on every ansible-core and Python that is supported and found (MATRIX_TESTS=...; half an hour)
	@$(PYTHON) tests/tools/matrix.py $(MATRIX_TESTS)

.PHONY: soak
# More of them at once than there are cores: most of the time they wait, as for a lag.
soak: ## every fault at every write, lag, a throttling storm, an adversary (SOAK_ROUNDS=10, SOAK_SEED=1)
	@$(SET_UP) demo test
	@$(BIN)/python -m pytest -n 4 --dist load -rA --durations=12 --no-header tests/soak --ignore tests/soak/test_fleet_of_500.py

.PHONY: soak-fleet
soak-fleet: ## an audit of 500 tenants, some of them drifted, gone, throttled or shut (FLEET_TENANTS=500)
	@$(SET_UP) demo test
	@$(BIN)/python -m pytest -rA --no-header tests/soak/test_fleet_of_500.py

.PHONY: test-sanity
test-sanity: ## ansible-test sanity, with this Python's Ansible and with the second one's
	@$(SET_UP) lint
	@first=0; $(BIN)/python tests/tools/sanity.py || first=$$?; \
	  $(PYTHON) tests/tools/second_python.py tests/tools/sanity.py && exit $$first

.PHONY: test-build
test-build: ## build the package that Galaxy gets, pass Galaxy's importer, and deploy from it in an empty home
	@$(SET_UP) build
	@$(BIN)/python tests/tools/build_check.py

.PHONY: package
package: ## build msp-entra-VERSION.tar.gz, which ansible-galaxy installs, of the files that git knows
	@$(SET_UP) demo
	@$(BIN)/python tests/tools/package.py

.PHONY: lint
lint: ## ruff, types, yamllint, ansible-lint, changelog and documentation checks
	@$(SET_UP) lint
	@$(MAKE) --no-print-directory --keep-going lint-python lint-format lint-types lint-yaml lint-ansible lint-changelog lint-docs
	@echo "nothing found"

.PHONY: lint-python lint-format lint-types lint-yaml lint-ansible lint-changelog lint-docs
lint-python:
	$(BIN)/ruff check --quiet --output-format concise
lint-format:
	$(BIN)/ruff format --check --quiet --output-format concise
lint-types:
	$(BIN)/mypy --no-error-summary
lint-yaml:
	$(BIN)/yamllint --strict .
lint-ansible:
	$(IN_VENV) ansible-lint --offline --profile production --strict
lint-changelog:
	$(BIN)/antsibull-changelog lint
lint-docs:
	$(IN_VENV) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all .

.PHONY: format
format: ## let ruff lay out the Python files, and put right what it can
	@$(SET_UP) lint
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: coverage
coverage: ## lines and branches that the tests go through, in the forks of ansible-playbook too; the weakest files (15 minutes)
	@$(SET_UP) coverage
	@$(BIN)/python tests/tools/coverage_of_tests.py $(COVERAGE_TESTS)

.PHONY: mutation
mutation: ## does a test notice a change of what judges lockouts? Goes on where it stopped (MUTATION_MINUTES=120, MUTANTS='*lockout*')
	@$(SET_UP) mutation
	@$(BIN)/python tests/tools/mutation.py $(if $(MUTATION_MINUTES),--minutes $(MUTATION_MINUTES)) $(MUTANTS)

.PHONY: bench
bench: ## measure what tasks, runs and fleets cost (BENCH_TENANTS="1 10 100 500"; with 500, half an hour)
	@$(SET_UP) demo
	@$(BIN)/python tests/benchmarks/run.py
	@$(BIN)/python tests/benchmarks/many_tenants.py $(BENCH_TENANTS)

.PHONY: report-picture
report-picture: ## pictures of the fleet report's page in build/report, and the README's in docs/images; needs a Chromium
	@$(SET_UP) demo browser
	@$(BIN)/python tests/demo/report_picture.py

.PHONY: docs
docs: ## write the guide that is written from data, build the documentation in build/docs, offline, and check its links
	@$(SET_UP) lint
	@$(BIN)/python tests/tools/lockout_rules_page.py
	@echo "This takes about half a minute."
	@$(MAKE) --no-print-directory test-docs
	@echo "Read build/docs/html/index.html"

.PHONY: test-docs
test-docs: ## the same of the documentation as it is
	@$(SET_UP) lint
	@rm -rf build/docs && mkdir -p build/docs && chmod 755 build/docs
	@$(IN_VENV) antsibull-docs sphinx-init --use-current --squash-hierarchy --project msp.entra \
	  --copyright 'msp.entra contributors' --title msp.entra --html-short-title msp.entra --dest-dir build/docs msp.entra >build/docs/log
	@chmod 755 build/docs/rst
	@$(IN_VENV) antsibull-docs --config-file build/docs/antsibull-docs.cfg collection --use-current --squash-hierarchy \
	  --cleanup everything --fail-on-error --dest-dir build/docs/rst msp.entra >>build/docs/log
# It writes the collection's name as the words of a title.
	@sed 's/^Msp\.Entra$$/msp.entra/' build/docs/rst/index.rst >build/docs/index && mv build/docs/index build/docs/rst/index.rst
# Of the folder of guides antsibull-docs takes the guides alone.
	@cp -R docs/docsite/rst/images build/docs/rst/docsite/
# Without intersphinx, which would fetch the index of Ansible's own documentation: references into that stay plain text.
# That ours lead somewhere is what link_check looks at.
	@$(BIN)/sphinx-build -M html build/docs/rst build/docs -c build/docs --quiet --fail-on-warning --keep-going \
	  -D extensions=sphinx_antsibull_ext -D nitpicky=0 -D suppress_warnings=ref.ref,ref.envvar
	@$(BIN)/python tests/tools/link_check.py build/docs

.PHONY: hooks
hooks: ## let git run the quick checks at each commit, and all of lint at each push
	@$(SET_UP) lint hooks
	@$(BIN)/pre-commit install --hook-type pre-commit --hook-type pre-push

.PHONY: release
release: ## write the version and the changelog of a release, for you to read and commit (VERSION=1.2.3)
	@$(SET_UP) build
	@$(BIN)/python tests/tools/release.py $(VERSION)

.PHONY: venv
venv: ## set up .venv with everything, for work on the collection
	@$(SET_UP) demo test sdk browser lint build

.PHONY: pins
pins: ## look for newer versions of everything in .venv and write them down in tests/requirements/pins.txt
	@$(SET_UP) upkeep
	@cd tests/requirements && ../../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --no-annotate --custom-compile-command 'make pins' --output-file pins.txt pins.in

.PHONY: vendored
vendored: ## fetch the chart library that lies in the collection again, at the version that tests/tools/vendored.py names
	@$(PYTHON) tests/tools/vendored.py

.PHONY: clean
clean: ## remove everything that was built or set up here
	rm -rf .venv .venv-* .venv.lock .ansible .cache .hypothesis .pytest_cache .ruff_cache build msp-entra-*.tar.gz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
