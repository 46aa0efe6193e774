# make run    sets everything up, trains if needed and serves the product on http://127.0.0.1:8080
# make test   sets everything up and runs the tests
# make clean  removes what can be made again: environment, tools, trained assistants and caches. What people
#             told stays: database, secret and mailbox in var (or LOKET_DATA) are yours to remove.
PYTHON ?= python3.11
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := .venv/bin

export RASA_TELEMETRY_ENABLED = false
# Byte code makes the start three times as fast; some machines forbid it for all programs.
unexport PYTHONDONTWRITEBYTECODE
# Rasa's dependencies warn about their own future; that helps nobody here.
export TF_CPP_MIN_LOG_LEVEL = 2
# numpy's arithmetic does not know newer processors by itself; see routing/processor.py.
ifndef OPENBLAS_CORETYPE
OPENBLAS_CORETYPE := $(shell $(PYTHON) -m routing.processor)
endif
ifneq ($(OPENBLAS_CORETYPE),)
export OPENBLAS_CORETYPE
endif

.PHONY: run test lint format train check evaluate evaluate-intents heads services bench size faults pictures clean

run: .venv/ready
	$(RUN)/loket serve

# Two runs side by side, so the assistant is trained before both want it, and each keeps to one core.
test: .venv/ready
	$(RUN)/loket train
	OPENBLAS_NUM_THREADS=1 $(RUN)/pytest -n 2 --dist worksteal

lint: .venv/ready
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/loket check

format: .venv/ready
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

train: .venv/ready
	$(RUN)/loket train

check: .venv/ready
	$(RUN)/loket check

# The advice: `make evaluate FILE=texts.jsonl`, and `make heads` to train it anew, perhaps with
# CORRECTIONS=file (from `loket feedback export`) or EXTRA=folder: three and a half hours. ENCODER=refine tunes the
# encoder a round more from where it is (two hours), ENCODER=asked the same for all questions but the goals (an hour
# and a quarter), ENCODER=fast teaches the fast encoder alone (an hour), ENCODER=keep leaves both (a quarter of an
# hour). Heads that are worse are not taken into use.
evaluate: .venv/ready
	$(UV) sync --locked --quiet --python $(PYTHON) --group evaluate
	$(RUN)/python -m routing.advice.evaluate $(FILE) --pictures docs/pictures --english-benchmark

# The acts of a conversation, cross-validated (about three minutes).
evaluate-intents: .venv/ready
	OPENBLAS_NUM_THREADS=1 $(RUN)/python bench/intents.py

heads: .venv/ready
	$(RUN)/python -m routing.advice.train $(if $(EXTRA),--extra $(EXTRA)) \
		$(if $(CORRECTIONS),--corrections $(CORRECTIONS)) $(if $(ENCODER),--encoder $(ENCODER)) $(if $(FORCE),--force)

# Which service or emergency is meant, learnt anew by itself: after new services or labels, in some minutes.
services: .venv/ready
	$(RUN)/python -m routing.advice.ids $(if $(FORCE),--force)

bench: .venv/ready
	$(RUN)/python bench/turns.py
	$(RUN)/python bench/desk_list.py
	OPENBLAS_NUM_THREADS=1 $(RUN)/python bench/advice_speed.py
	OPENBLAS_CORETYPE=Prescott OPENBLAS_NUM_THREADS=1 $(RUN)/python bench/advice_speed.py
	$(RUN)/python bench/advice_robust.py

# What the widget costs: bytes of script, styles and texts, and the first paint in Chromium.
size: .venv/ready
	$(RUN)/python -m bench.widget_size

# 200 handoffs while the process is killed and mail server and webhook receiver fail: prints a table.
faults: .venv/ready
	$(RUN)/python -m tests.faults.storm $(or $(N),200) $(SEED)

# The pictures of the documentation: a resident and a partner use the product, in Chromium.
pictures: .venv/ready
	$(RUN)/python -m bench.pictures

.venv/ready: pyproject.toml uv.lock $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv)
	$(UV) sync --locked --python $(PYTHON)
	@touch $@

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet uv

clean:
	rm -rf .venv .tools .rasa .pytest_cache .ruff_cache .hypothesis var/models
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
