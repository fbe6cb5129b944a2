# `make demo` and `make test` need Python 3.10+ and make, and set up the rest below .venv.
.PHONY: demo test check faults coverage sdks clients conformance fuzz bench picture clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# The release that the catalog is built from: `openai-api-mock catalog diff` is a test, so a newer one is taken together
# with the document that it gives (`openai-api-mock catalog build`).
NEWEST := 3.54.0

# The environment of development; made anew when what it consists of changes.
$(VENV)/.ready: pyproject.toml Makefile
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) pip install --quiet --python $(BIN)/python --editable '.[dev]' 'openai[aiohttp]==$(NEWEST)'
	touch $@

# One environment for each older SDK: .venv-openai-1.109.1 and its like.
SDKS := 1.109.1 2.54.0
.venv-openai-%/.ready: pyproject.toml $(VENV)/.ready
	test -x .venv-openai-$*/bin/python || $(UV) venv --quiet --python $(BIN)/python .venv-openai-$*
	$(UV) pip install --quiet --python .venv-openai-$*/bin/python --editable '.[dev]' 'openai[aiohttp]==$*'
	touch $@

# One environment for each framework: .venv-clients-langchain and its like, with what tests/clients/langchain.txt pins.
CLIENTS := $(patsubst tests/clients/%.txt,%,$(wildcard tests/clients/*.txt))
.venv-clients-%/.ready: tests/clients/%.txt pyproject.toml $(VENV)/.ready
	test -x .venv-clients-$*/bin/python || $(UV) venv --quiet --python $(BIN)/python .venv-clients-$*
	$(UV) pip install --quiet --python .venv-clients-$*/bin/python --editable '.[server]' --requirements $< 'pytest-asyncio>=1.5'
	touch $@

demo: $(VENV)/.ready
	$(BIN)/python scripts/demo.py

# All tests: what scripts/check runs, the tests of behaviour with older SDKs, the frameworks, every fault against every
# client, the SDK's own tests of its API, and a minute of fuzzing.
test: check sdks clients faults conformance fuzz

check: $(VENV)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

# Which lines and branches the tests reach, in all the processes that they start. Slow: not part of `check`.
coverage: $(VENV)/.ready
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --quiet -n 2
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --skip-empty

# The tests that go through the SDK; the others are about its newest release, or about no SDK at all.
BEHAVIOUR := tests/resources/test_chat*.py tests/test_mock.py tests/test_pytest_plugin.py tests/test_documents.py \
    tests/stream tests/intercept tests/limits tests/test_retries.py

sdks: $(SDKS:%=.venv-openai-%/.ready)
	for sdk in $(SDKS); do \
	    echo "== openai $$sdk"; \
	    .venv-openai-$$sdk/bin/python -m pytest --quiet -n 2 $(BEHAVIOUR) || exit 1; \
	done

# What people build on the SDK. A client's tests may be several files, whose names begin with its own.
# The browser's are skipped where there is no Chromium.
clients: $(CLIENTS:%=.venv-clients-%/.ready)
	for client in $(CLIENTS); do \
	    echo "== $$client"; \
	    .venv-clients-$$client/bin/python -m pytest --quiet -c tests/clients/pytest.ini tests/clients/test_$$client*.py || exit 1; \
	done

# Every fault against every client: the SDK, older ones, its aiohttp extra, httpx alone, and Node's; half a minute. Where
# there is no npm, Node's is left out, and the script says so.
NODE_SDK := 7.57.0
NODE := $(if $(shell command -v npm),.build/node/node_modules/openai/package.json)
.build/node/node_modules/openai/package.json: Makefile
	mkdir -p .build/node
	cd .build/node && npm install --silent --no-audit --no-fund --prefix . openai@$(NODE_SDK)
	touch $@

faults: $(VENV)/.ready $(SDKS:%=.venv-openai-%/.ready) $(NODE)
	$(BIN)/python scripts/faults.py --check

# The SDK's own suite, from the sdist of the installed version, against our server; some four minutes.
conformance: $(VENV)/.ready
	$(BIN)/python scripts/conformance.py

# Schemathesis over all operations, for a minute: no 5xx, no hang, no answer that breaks the document.
fuzz: $(VENV)/.ready
	$(BIN)/python scripts/fuzz.py

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/in_process.py
	$(BIN)/python benchmarks/tokens.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/generic.py
	$(BIN)/python benchmarks/responses.py
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/rule_files.py
	$(BIN)/python benchmarks/pace.py
	$(BIN)/python benchmarks/realtime.py
	$(BIN)/python benchmarks/server.py
	$(BIN)/python benchmarks/batches.py
	$(BIN)/python benchmarks/uploads.py
	$(BIN)/python benchmarks/vector_search.py

picture: $(VENV)/.ready
	$(BIN)/python scripts/picture.py docs/picture.svg

clean:
	rm -rf $(VENV) .venv-openai-* .venv-clients-* .build
