# SPDX-License-Identifier: Apache-2.0
# The front door.  Meson does the work behind it.
BUILD ?= build
CC    ?= gcc
FILES ?= tests/sample/mail.log

.PHONY: help deps build run test crash lab bench lint asan fuzz fuzz-long install clean format

help:
	@echo "make deps     install what carom is built on (Debian packages; a no-op when all is there)"
	@echo "make run      build, then analyze a sample mail log (FILES=/var/log/mail.log for yours)"
	@echo "make test     build and run every test and every case of every rule"
	@echo "make crash    the ingest test with 1,000 kills at random moments (KILLS=1000)"
	@echo "make lab      a real Postfix and pretend providers: Postfix alone and with carom (needs root)"
	@echo "make bench    the figures of the README, measured on this machine"
	@echo "make lint     format, layers, banned words, clang-tidy, man page"
	@echo "make asan     the tests under AddressSanitizer and UBSan"
	@echo "make fuzz     every fuzz target for a short while (FUZZ_SECONDS=20)"
	@echo "make install  to DESTDIR/PREFIX (default /usr/local)"

deps:
	@tools/deps

# A compiled tree is configured once; Meson notices later changes by itself.
$(BUILD)/build.ninja: | deps
	@CC=$(CC) meson setup $(BUILD) --prefix=$(or $(PREFIX),/usr/local) >$(BUILD).log 2>&1 || { cat $(BUILD).log; rm -f $(BUILD).log; exit 1; }
	@mv $(BUILD).log $(BUILD)/setup.log

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) >$(BUILD)/ninja.log 2>&1 || { cat $(BUILD)/ninja.log; exit 1; }
	@grep -A 4 'warning:' $(BUILD)/ninja.log || true

run: build
	@$(BUILD)/carom analyze $(FILES)

test: build
	@tests/run $(BUILD)

crash: build
	@tests/ingest $(BUILD) $(or $(KILLS),1000)

lab: build
	@tests/lab/run $(BUILD)/carom --jobs=$(or $(LAB_JOBS),1) $(SCENARIOS)

bench: build
	@bench/run $(BUILD)

lint: build
	@tools/lint $(BUILD)

asan: | deps
	@tools/asan build-asan

fuzz: | deps
	@tools/fuzz build-fuzz $(or $(FUZZ_SECONDS),20)

fuzz-long: | deps
	@FUZZ_RUNS=$(or $(FUZZ_RUNS),10000000) tools/fuzz build-fuzz 0

format:
	@git ls-files 'src/*.[ch]' 'bench/*.[ch]' | xargs clang-format-14 -i

install: build
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

clean:
	@rm -rf $(BUILD) build-asan build-fuzz build-clang
