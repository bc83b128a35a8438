# Needs make and a Python of 3.11 to 3.13 with venv; everything else lands in .venv.
PYTHON ?= python3
DEMO ?=
TESTS ?=
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test verify bench before lint docs gallery levers persuasion bounded buyers club forecast recovery validation declared \
  lock wheel clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY)  ## simulate, draw and report one example (DEMO="..." adds options)
	$(BIN)/shequn demo $(DEMO)

test: $(READY)  ## unit, property and closed-form tests
	$(BIN)/python -c 'from shequn.experiments.runs.run import warm_up; from shequn import Scenario; warm_up(Scenario.load("two-brands"))'
	$(BIN)/python -m pytest -q -n auto $(TESTS)

verify: $(READY)  ## the long suite: statistics, faults, hostile input, every Python; hours
	$(BIN)/python -m pytest -q tests/statistical tests/faults
	SHEQUN_HOSTILE_CASES=10000 $(BIN)/python -m pytest -q -n auto tests/hostile
	.ci/pythons

bench: $(READY)  ## time the engine
	$(BIN)/python -m benchmarks

before: $(READY)  ## time the engine against the one before days were compiled whole (minutes)
	$(BIN)/python -m benchmarks before

lint: $(READY)  ## style, types and import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

docs: $(READY)  ## write docs/parameters.md and docs/public.md from what the code declares
	$(BIN)/shequn parameters --markdown > docs/parameters.md.new
	mv docs/parameters.md.new docs/parameters.md
	$(BIN)/python .ci/public.py > docs/public.md.new
	mv docs/public.md.new docs/public.md

# A figure and a table for each scenario that names alternatives; some ten minutes on two cores.
STORIES := bombardment brand-groups cold-start conference-selling crisis prize-hunters stage-1-media \
  stage-2-community stage-3-conversion two-brands xiaomi-forum hall-and-circles tier-marks

gallery: $(READY)  ## each story at three levels of reading: results/gallery, docs/scenarios.md
	for name in $(STORIES); do \
	  rm -rf build/gallery/$$name && \
	  $(BIN)/shequn compare $$name --reading all --replicates 8 --out build/gallery/$$name && \
	  cp build/gallery/$$name/levels.png results/gallery/$$name.png && \
	  $(BIN)/python .ci/story_table.py build/gallery/$$name/differences.csv \
	    | $(BIN)/python .ci/between.py docs/scenarios.md $$name || exit 1; \
	done

levers: $(READY)  ## what each lever does at three levels of reading: docs/scenarios.md
	rm -rf build/levers && mkdir -p build/levers
	cd build/levers && ../../$(BIN)/python -m shequn.experiments.studies.levers > table.md
	$(BIN)/python .ci/between.py docs/scenarios.md levers < build/levers/table.md

club: $(READY)  ## where the product club lives: docs/product-club.md, a figure (ten minutes)
	rm -rf build/club results/gallery/product-club.png && mkdir -p build/club
	cd build/club && ../../$(BIN)/python -m shequn.experiments.studies.product_club > table.md
	$(BIN)/python .ci/between.py docs/product-club.md club < build/club/table.md
	$(BIN)/python .ci/club_figure.py build/club/results/product-club results/gallery/product-club.png

persuasion: $(READY)  ## what pushing does, and what a group adds: docs/scenarios.md, results/gallery
	mkdir -p build/persuasion
	cd build/persuasion && ../../$(BIN)/python -m shequn.experiments.studies.persuasion > table.md
	cp build/persuasion/results/persuasion/linear/levels.png results/gallery/persuasion.png
	$(BIN)/python .ci/between.py docs/scenarios.md persuasion < build/persuasion/table.md
	cd build/persuasion && ../../$(BIN)/python -m shequn.experiments.studies.what_a_group_adds > adds.md
	$(BIN)/python .ci/between.py docs/scenarios.md what-a-group-adds < build/persuasion/adds.md

recovery: $(READY)  ## is a truth that is known found from an operator's numbers: docs/mine.md (an hour)
	mkdir -p build/recovery
	cd build/recovery && ../../$(BIN)/python -m shequn.experiments.studies.recovery > table.md
	$(BIN)/python .ci/between.py docs/mine.md recovery < build/recovery/table.md

bounded: $(READY)  ## does talk run away at any of twenty seeds: docs/validation.md
	mkdir -p build && $(BIN)/python -m shequn.experiments.studies.bounded_talk > build/bounded.md
	$(BIN)/python .ci/between.py docs/validation.md bounded < build/bounded.md

# Exit code 1 says that a fact declared as met is missed: the files are written all the same.
validation: $(READY)  ## hold the model to the facts and draw what comes out: results/gallery
	rm -rf build/validation
	$(BIN)/shequn validate --out build/validation || [ $$? -eq 1 ]
	cp build/validation/facts.md build/validation/facts.png build/validation/gauges.png \
	  build/validation/peers.png results/gallery/
	$(BIN)/python .ci/facts_table.py R build/validation/facts.csv \
	  | $(BIN)/python .ci/between.py docs/validation.md reading
	$(BIN)/python .ci/facts_table.py S build/validation/facts.csv \
	  | $(BIN)/python .ci/between.py docs/validation.md promotions
	for level in quiet usual lively; do \
	  $(BIN)/shequn validate wechat-group --reading $$level --no-limits --no-baselines \
	    --out build/validation/$$level || [ $$? -eq 1 ] || exit 1; \
	done
	cd build/validation && ../../$(BIN)/python ../../.ci/facts_table.py R quiet=quiet/facts.csv \
	  usual=usual/facts.csv lively=lively/facts.csv \
	  | ../../$(BIN)/python ../../.ci/between.py ../../docs/validation.md levels

buyers: $(READY)  ## who buys never, once, often, beside a real shop: docs/validation.md
	mkdir -p build && $(BIN)/python -m shequn.experiments.studies.buyers > build/buyers.md
	$(BIN)/python .ci/between.py docs/validation.md buyers < build/buyers.md

forecast: $(READY)  ## the second half of real communities from their first: docs/forecast.md, a figure
	mkdir -p build/forecast && rm -f results/gallery/forecast.png
	cd build/forecast && ../../$(BIN)/python -m shequn.experiments.studies.forecast > table.md
	$(BIN)/python .ci/between.py docs/forecast.md forecast < build/forecast/table.md
	cd build/forecast && ../../$(BIN)/python ../../.ci/forecast_figure.py ../../results/gallery/forecast.png

declared: $(READY)  ## declare as met what is met at each of five seeds (some minutes)
	$(BIN)/python -m shequn.experiments.validate.declared shequn/data/declared.csv

# The default index is named so that no setting of the machine at hand reaches the lock.
lock:  ## pin every dependency, with hashes, for all supported Pythons
	$(PYTHON) -m venv --clear .venv/lock
	.venv/lock/bin/python -m pip install -q uv
	.venv/lock/bin/uv pip compile pyproject.toml --no-config --universal --generate-hashes \
	  --all-extras --python-version 3.11 --upgrade --quiet --no-emit-index-url \
	  --custom-compile-command 'make lock' --output-file requirements.lock

wheel: $(READY)  ## build the source distribution, and from it the wheel, into dist/
	$(BIN)/python -m build --no-isolation

clean:  ## remove the environment, caches and built files
	rm -rf .venv dist build .pytest_cache .hypothesis .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo 'shequn needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is not one of them.'; \
	  echo 'Name one that is: make PYTHON=python3.12 ...'; exit 1; } >&2
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@
