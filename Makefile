# What a developer types; `make` alone lists it. Every command first makes the environment that it needs.

PYTHON ?= python3
ONNX ?= onnx
TORCH ?=
WORKERS ?= auto
# onnxruntime and onnxruntime-gpu overwrite each other: each has an environment of its own.
VENV ?= $(if $(filter onnx-gpu,$(ONNX)),.venv-gpu,.venv)

BIN := $(VENV)/bin
USER_EXTRAS := cnn,$(ONNX),compare,datasets
DEVELOPER_EXTRAS := $(USER_EXTRAS),test,docs
TORCH_INDEX := $(if $(filter cpu,$(TORCH)),--extra-index-url https://download.pytorch.org/whl/cpu)
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt $(TORCH_INDEX)

# Files in the environment that say what has been done to it.
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
INSTALLED_ALL := $(VENV)/.installed-all
KERNELS := $(VENV)/.kernels

# Tests run side by side, so each process keeps to one thread.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1
PYTEST := $(ONE_THREAD) MPLBACKEND=Agg $(BIN)/python -m pytest
IN_PARALLEL := -n $(WORKERS) --maxprocesses 8 --dist worksteal
# These also run without compiling, where NumPy warns of infinities that compiled code passes on in silence.
TESTS_OF_KERNELS := $(wildcard tests/features/test_*_reference.py) tests/images/test_image_resizing.py tests/images/test_image_colors.py \
    tests/encoding/test_encodings_reference.py tests/kernels/test_encoding_kernels.py tests/svm/test_smo_reference.py
SPHINX := MPLBACKEND=Agg $(BIN)/python -m sphinx -W --keep-going -n -b html

.NOTPARALLEL:
.PHONY: help compare install test test-all check lint docs docs-quick bench clean clean-cache

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Variables: PYTHON=$(PYTHON), VENV=$(VENV), WORKERS=$(WORKERS) (processes that test),"
	@echo "           ONNX=$(ONNX) (or onnx-gpu), TORCH=$(TORCH) (cpu: builds without CUDA, for Linux without a GPU)"

compare: $(INSTALLED) $(KERNELS)  ## compare classical methods and a CNN on the bundled images; writes report/
	$(BIN)/classicvis compare fashion-sample --output report

install: $(INSTALLED_ALL)  ## make the environment, with all that development needs

test: $(INSTALLED_ALL) $(KERNELS)  ## run the tests, and the examples in docstrings
	$(PYTEST) $(IN_PARALLEL) --doctest-modules -m "not slow" tests classicvis

test-all: $(INSTALLED_ALL) clean-cache  ## the same with the slow tests, and the kernels' tests without compiling
	NUMBA_DISABLE_JIT=1 $(PYTEST) $(IN_PARALLEL) -W ignore::RuntimeWarning $(TESTS_OF_KERNELS)
	$(PYTEST) $(IN_PARALLEL) --doctest-modules tests classicvis

check: lint docs-quick test  ## all that a change must pass: lint, docs-quick, test

lint: $(INSTALLED_ALL)  ## style, and the contracts of which room may import which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --config setup.cfg

docs: $(INSTALLED_ALL) $(KERNELS)  ## build the documentation into docs/_build/html, running the gallery
	$(SPHINX) docs docs/_build/html

docs-quick: $(INSTALLED_ALL)  ## the same without running the gallery
	$(SPHINX) -D plot_gallery=0 docs docs/_build/quick

bench: $(INSTALLED_ALL) $(KERNELS)  ## print the published figures of speed; nothing else should run meanwhile
	$(BIN)/python benchmarks/hog_speed.py --opencv4 --markdown
	$(BIN)/python benchmarks/hog_variants_speed.py --opencv4 --markdown
	$(BIN)/python benchmarks/encoding_speed.py --markdown
	$(BIN)/python benchmarks/lbp_speed.py --markdown
	$(BIN)/python benchmarks/gabor_speed.py --markdown
	$(BIN)/python benchmarks/color_speed.py --markdown
	$(BIN)/python benchmarks/patches_speed.py --markdown
	$(BIN)/python benchmarks/linear_svm_speed.py --markdown
	$(BIN)/python benchmarks/dense_sift_speed.py --markdown
	$(BIN)/python benchmarks/sift_speed.py --markdown
	$(BIN)/python benchmarks/tune_speed.py --markdown
	$(BIN)/python benchmarks/import_time.py --markdown
	$(BIN)/python benchmarks/image_reading.py
	$(BIN)/python benchmarks/cnn_cpu.py --markdown
	$(BIN)/python benchmarks/cnn_inference.py --markdown

clean:  ## remove what was built, but for the environment
	rm -rf build dist report docs/_build docs/auto_examples docs/generated

clean-cache:  ## remove compiled kernels
	find classicvis -name '*.nb[ci]' -delete

$(MADE):
	@$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	    'classicvis needs Python 3.11 or later, and $(PYTHON) is ' + sys.version.split()[0] + ': try make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt | $(MADE)
	$(INSTALL) -e ".[$(USER_EXTRAS)]"
	@touch $@

$(INSTALLED_ALL): pyproject.toml constraints.txt | $(MADE)
	$(INSTALL) -e ".[$(DEVELOPER_EXTRAS)]"
	@touch $@ $(INSTALLED)

# numba keeps compiled kernels beside their source, and does not see what changes in another file.
$(KERNELS): $(wildcard classicvis/kernels/*.py classicvis/kernels/*/*.py) | $(MADE)
	find classicvis -name '*.nb[ci]' -delete
	@touch $@
