# Two commands do everything: `make serve` puts the demo card into a virtual reader, `make test` passes all tests.
PYTHON  ?=
PROFILE ?= dual-2.0-3des
ARGS    ?=
CITIZENS ?= 1000
PEOPLE   ?= 1000000
TARGET  ?=
CARD    ?=
SECONDS ?= 60
VENV    := .venv
BIN     := $(VENV)/bin

# The evidence a laboratory files: BUDGET commit (minutes), merge (half an hour) or night (eight hours).
BUDGET   ?= merge
EVIDENCE := build/evidence
COMMIT   := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
# What other runs have found and the repository keeps.
ATTACHED := $(wildcard tests/properties/campaigns/*.md tests/mutation/*.md tests/mutation/survivors.toml)

# What a PC/SC client and the vpcd reader need. Installed where that is allowed, named where it is not.
DEBIAN := pcscd vsmartcard-vpcd libpcsclite1 libpcsclite-dev swig gcc python3-dev opensc pcsc-tools
READY   = @PYTHON="$(PYTHON)" DEBIAN="$(DEBIAN)" sh set_up.sh

.PHONY: assure cards-otherwise serve test lint check checks bench bureau bureau-readers findings holders million fuzz lab-kills ledger report-pages screen-pictures models mutate social-histories payment-histories full-cuts full-kills full-histories debian clients clients-npm clean help

help:
	@echo "make serve   the demo card in a virtual reader (PROFILE=$(PROFILE) ARGS=...)"
	@echo "make test    all tests"
	@echo "make clients programs in C, Java, Python and opensc-tool on the card; installs a JDK (clients-npm: npm's smartcard)"
	@echo "make lint    linter and format; installs nothing else"
	@echo "make check   linter, format and type checker"
	@echo "make bench   how fast it is"
	@echo "make ledger  what every change must pass, with a clock: the table of CONTRIBUTING.md"
	@echo "make fuzz    parsers fed with ever stranger bytes (TARGET= one of them, SECONDS=$(SECONDS) for each, ARGS=--help)"
	@echo "make findings  what is told of 10,000 right sessions, and of garbage (SESSIONS=1700 a card; minutes)"
	@echo "make models  the learned models of tests/models, learned again"
	@echo "make assure  the evidence: firewall, power cuts, seeded bugs, secrets (BUDGET=commit|merge|night)"
	@echo "make bureau  a bureau's acceptance run: rows with planted faults, cards, every card read (CITIZENS=$(CITIZENS))"
	@echo "make cards-otherwise  the vectors on right cards that differ from the specimens in one field (CARD= one profile)"
	@echo "make lab-kills  campaigns of vectors killed, pulled and shuffled, and gone on with (ARGS=\"ssse --shuffles 10\")"
	@echo "make report-pages  reports opened, searched and printed in Debian's Chromium; installs it (ARGS=ssse: some vectors)"
	@echo "make screen-pictures  the pictures of a terminal's screen in docs/pictures, drawn anew"
	@echo "make holders every invented holder on every profile: made, read by a terminal, inspected, byte for byte"
	@echo "make social-histories  random histories of terminals, cards and a back end, all of which fail (ARGS=\"1000 0\": how many, first seed)"
	@echo "make payment-histories  random histories of a shop, a cash machine, cards, acquirer and issuer, all of which fail (ARGS=\"1000 0\")"
	@echo "make full-cuts  the power of a full-function terminal goes at every command, message, write and slip of all that is done with bills (ARGS=\"refund\")"
	@echo "make full-kills  histories of a full-function terminal whose processes, and its hosts', get SIGKILL (ARGS=\"200 0\")"
	@echo "make full-histories  random histories of full-function terminals, dual cards, a bureau and a bank, all of which fail (ARGS=\"10000 0\")"
	@echo "make million a million people's rows prepared and matched: how long, in how much memory (PEOPLE=$(PEOPLE))"
	@echo "make bureau-readers  100 cards made in PC/SC readers, our own and pcscd's, by a hand that errs, and read back"
	@echo "make mutate  whether the tests of the firewall and the kernel bite (5 to 20 minutes; ARGS=--children 4)"
	@echo "make checks  which test alone sees that a check of host code is left out (those without a case; ARGS=--again all)"
	@echo "make debian  the Debian packages that PC/SC clients and the vpcd reader need"
	@echo "make clean   takes away what all of these have made, $(VENV) included"
	@echo "make help    this list; PYTHON=... names the Python that $(VENV) is made with"

serve:
	$(READY) card debian
	@$(BIN)/dualcos serve $(PROFILE) $(ARGS)

# On every core, up to eight; who is done takes tests over from the others (ARGS="-n 0": one after the other).
SIDE_BY_SIDE := -n auto --maxprocesses 8 --dist worksteal
# Hundreds of programs are started: what one has compiled the others find, whatever the shell says otherwise.
test: export PYTHONDONTWRITEBYTECODE =
test:
	$(READY) dev debian pyscard
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) $(ARGS)

# Java programs are clients, too; their tests bring a JDK along here and in CI, and are skipped elsewhere without one.
JDK := default-jdk-headless
CLIENTS := tests/dualcos/clients
test: DEBIAN += $(if $(CI),$(JDK))
clients: DEBIAN += $(JDK)
clients:
	$(READY) dev debian pyscard
	$(BIN)/python -m pytest -q $(CLIENTS) $(ARGS)

# Not in CI: npm compiles it, against headers of node.js that it may have to fetch.
NPM := build/npm
clients-npm: $(NPM)/made
	$(READY) dev debian
	$(BIN)/python -m pytest -q $(CLIENTS) -k npm $(ARGS)

$(NPM)/made: $(CLIENTS)/programs/package.json
	@command -v npm >/dev/null || { echo "npm is missing: sudo apt-get install npm, then the same command again"; exit 1; }
	@echo "Installing npm's smartcard into $(NPM) (it is compiled: a minute) …"
	@rm -rf $(NPM) && mkdir -p $(NPM) && cp $< $(NPM)/package.json
	@cd $(NPM) && npm install --silent --no-audit --no-fund
	@touch $@

# The first verdict of all: seconds, before anything that takes long is installed.
lint:
	$(READY) lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check: lint
	$(READY) dev
	$(BIN)/mypy

ledger:
	$(READY) dev debian pyscard
	@mkdir -p build
	began=$$(date +%s) && $(MAKE) --no-print-directory check && took=$$(( $$(date +%s) - began )) && \
	$(MAKE) --no-print-directory test ARGS="--junitxml=build/ledger.xml $(ARGS)" && \
	$(BIN)/python -m tests.ledger --check $$took build/ledger.xml

bench:
	$(READY) dev debian pyscard
	$(BIN)/python -m tests.benchmarks

bureau:
	$(READY) dev debian pyscard
	$(BIN)/python -m tests.bureau --citizens $(CITIZENS) $(ARGS)

findings:
	$(READY) dev debian pyscard
	DUALCOS_SESSIONS=$(or $(SESSIONS),1700) $(BIN)/python -m pytest -n auto tests/properties/test_findings_hold.py $(ARGS)

lab-kills:
	$(READY) dev debian pyscard
	$(BIN)/python -m tests.dualcos.lab.campaign.kills $(ARGS)

screen-pictures:
	$(READY) dev
	@$(BIN)/python -m tests.dualcos.cli.screen_pictures

report-pages: DEBIAN = chromium fonts-noto-cjk poppler-utils
report-pages:
	$(READY) dev pages debian
	$(BIN)/python -m tests.dualcos.lab.report.in_browser $(ARGS)

holders:
	$(READY) card
	$(BIN)/python -m tests.holders

cards-otherwise:
	$(READY) card
	$(BIN)/python -m tests.conformance.cards_otherwise $(CARD)

million:
	$(READY) card
	$(BIN)/python -m tests.bureau.many_people $(PEOPLE)

bureau-readers: CITIZENS = 100
bureau-readers:
	$(READY) dev debian pyscard
	$(BIN)/python -m tests.bureau --readers all --citizens $(CITIZENS) $(ARGS)

fuzz:
	$(READY) fuzz
	@$(BIN)/python -m tests.fuzzing $(TARGET) --seconds $(SECONDS) $(ARGS)

social-histories:
	$(READY) dev
	$(BIN)/python -m tests.dualcos.terminal.social.social_histories $(or $(ARGS),1000)

payment-histories:
	$(READY) dev
	$(BIN)/python -m tests.dualcos.terminal.financial.payment_histories $(or $(ARGS),1000)

full-cuts:
	$(READY) dev
	$(BIN)/python -m tests.dualcos.terminal.full.bill_businesses $(ARGS)

full-kills:
	$(READY) dev
	$(BIN)/python -m tests.dualcos.terminal.full.full_kills $(or $(ARGS),200)

full-histories:
	$(READY) dev
	$(BIN)/python -m tests.dualcos.terminal.full.full_histories $(or $(ARGS),10000)

models:
	$(READY) dev
	@$(BIN)/python -m tests.models

# A violated property or a failed test (exit code 1) is for the report to say; anything else stops here.
WITH := -q -p no:cacheprovider
assure:
	$(READY) dev
	@mkdir -p $(EVIDENCE) && date -u +%s > $(EVIDENCE)/began
	$(BIN)/dualcos fuzz firewall --profile all --budget $(BUDGET) --save $(EVIDENCE)/found \
	  --results $(EVIDENCE)/campaign-$(COMMIT)-$(BUDGET).jsonl || [ $$? = 1 ]
	DUALCOS_EXAMPLES=1000 $(BIN)/python -m pytest $(WITH) --junitxml=$(EVIDENCE)/toys.xml -k toy \
	  tests/properties/test_properties_hold.py tests/properties/test_tearing.py || [ $$? = 1 ]
	$(BIN)/python -m pytest $(WITH) --junitxml=$(EVIDENCE)/tests.xml \
	  tests/properties/test_seeded_bugs.py tests/properties/test_card_block.py tests/properties/test_found.py \
	  tests/properties/test_secrets.py tests/dualcos/explain/test_explain_masking.py tests/dualcos/cli/test_cli_secrets.py \
	  tests/architecture tests/cos/test_card_file.py tests/dualcos/cli/test_cli_fuzz.py tests/dualcos/lab/properties tests/evidence \
	  $(wildcard tests/fuzzing tests/models tests/mutation) || [ $$? = 1 ]
	@$(BIN)/python -m tests.evidence.report --output $(EVIDENCE) \
	  --results $(EVIDENCE)/campaign-$(COMMIT)-$(BUDGET).jsonl \
	  --tests $(EVIDENCE)/toys.xml --tests $(EVIDENCE)/tests.xml \
	  --about date=$$(date -u +%Y-%m-%dT%H:%MZ) --about commit=$(COMMIT) --about command="make assure BUDGET=$(BUDGET)" \
	  --about took="$$(( ($$(date -u +%s) - $$(cat $(EVIDENCE)/began) + 59) / 60 )) minutes" \
	  $(foreach text,$(ATTACHED),--attach "$(basename $(notdir $(text)))=$(text)")

checks:
	$(READY) dev
	$(BIN)/python -m tests.lone_checks $(ARGS)

mutate:
	$(READY) mutate
	$(BIN)/python -m tests.mutation $(ARGS)

debian:
	$(READY) debian

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzzing .mutate
