# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

# `make help` lists the targets. Everything that is built lies under build/.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 600
SAN ?=

ifeq ($(origin CC),default)
CC := gcc
endif

comma := ,
ifeq ($(SAN),)
BUILD := build
CFLAGS ?= -O2
LDFLAGS ?= -s
PROGRAM_LDFLAGS := -static
else
# Sanitizers need the dynamic C library; `make SAN=address,undefined test`.
BUILD := build/san-$(subst $(comma),-,$(SAN))
CFLAGS ?= -O1 -g
SAN_FLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wwrite-strings -Wimplicit-fallthrough -Wformat=2 $(if $(WERROR),-Werror)
PACKAGES := libprotobuf-c jansson libcrypto
SERVICE_PACKAGES := $(PACKAGES) grpc libzstd libssl

# The SHA256_* calls, which OpenSSL 3 calls deprecated, link a tenth of what EVP_* does and start
# in half the time: hence the compatibility level.
override CPPFLAGS += -D_GNU_SOURCE -DOPENSSL_API_COMPAT=0x10101000L \
	-Isrc -Itests -I$(BUILD)/proto $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
override CFLAGS += -std=c11 -ffunction-sections -fdata-sections $(WARNINGS) $(SAN_FLAGS)
override LDFLAGS += -Wl,--gc-sections $(SAN_FLAGS)
LDLIBS = -Wl,--as-needed $(shell pkg-config --libs $(SERVICE_PACKAGES)) -lpthread
PROGRAM_LDLIBS = $(shell pkg-config $(if $(SAN),,--static) --libs $(PACKAGES))

# One glob per folder: src/FOLDER is part of a library, src/cmd/PROGRAM is a program. cleave is made
# of the first library alone, which needs no gRPC.
FOLDERS := base rust unit local cargo
SERVICE_FOLDERS := store rpc reapi server
SERVICE_PROTOS := $(patsubst %,src/proto/%.proto,google reapi health runner)
PROTOS := $(wildcard src/proto/*.proto)
LIBRARY := $(wildcard $(FOLDERS:%=src/%/*.c))
SERVICE_LIBRARY := $(wildcard $(SERVICE_FOLDERS:%=src/%/*.c))
PROGRAM := $(wildcard src/cmd/cleave/*.c)
SERVICE_PROGRAM := $(wildcard src/cmd/cleaved/*.c)
SUPPORT := $(wildcard tests/support/*.c)
UNIT_TESTS := $(wildcard tests/unit/*/*_test.c)
FUZZERS := $(wildcard tests/fuzz/*_fuzz.c)
LOAD := $(wildcard tests/bench/load/*.c)

object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
PROTO_HEADERS := $(PROTOS:src/%.proto=$(BUILD)/proto/%.pb-c.h)
PROTO_OBJECTS := $(PROTOS:src/%.proto=$(BUILD)/obj/%.pb-c.o)
SERVICE_PROTO_OBJECTS := $(SERVICE_PROTOS:src/%.proto=$(BUILD)/obj/%.pb-c.o)
LIBRARY_OBJECTS := $(call object,$(LIBRARY)) \
	$(filter-out $(SERVICE_PROTO_OBJECTS),$(PROTO_OBJECTS))
SERVICE_OBJECTS := $(call object,$(SERVICE_LIBRARY)) \
	$(filter $(SERVICE_PROTO_OBJECTS),$(PROTO_OBJECTS))
ARCHIVES := $(BUILD)/libcleaved.a $(BUILD)/libcleave.a
UNIT_PROGRAMS := $(UNIT_TESTS:%.c=$(BUILD)/%)
REPLAY_PROGRAMS := $(FUZZERS:%.c=$(BUILD)/%)
FUZZ_PROGRAMS := $(FUZZERS:tests/fuzz/%.c=$(BUILD)/fuzz/%)
OBJECTS := $(call object,$(LIBRARY) $(SERVICE_LIBRARY) $(PROGRAM) $(SERVICE_PROGRAM) $(SUPPORT) \
	$(UNIT_TESTS) $(LOAD) $(wildcard tests/fuzz/*.c)) $(PROTO_OBJECTS)

# Short lines; V=1 shows the commands, -s shows nothing.
Q := $(if $(V),,@)
SAY := $(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,echo)

all: $(BUILD)/cleave $(BUILD)/cleaved ## build build/cleave and build/cleaved (what `make` alone does)

$(BUILD)/cleave: $(call object,$(PROGRAM)) $(BUILD)/libcleave.a
	@$(SAY) "  LINK    $@"
	$(Q)$(CC) $(PROGRAM_LDFLAGS) $(LDFLAGS) -o $@ $^ $(PROGRAM_LDLIBS)

$(BUILD)/cleaved: $(call object,$(SERVICE_PROGRAM)) $(ARCHIVES)
	@$(SAY) "  LINK    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Made anew each time, so that they keep nothing of a source that is gone.
$(BUILD)/libcleave.a: $(LIBRARY_OBJECTS)
$(BUILD)/libcleaved.a: $(SERVICE_OBJECTS)
$(BUILD)/libsupport.a: $(call object,$(SUPPORT))
$(BUILD)/libsupport.a $(ARCHIVES):
	@$(SAY) "  AR      $@"
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(BUILD)/obj/%.o: %.c | $(PROTO_HEADERS)
	@mkdir -p $(@D)
	@$(SAY) "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/proto/%.pb-c.c $(BUILD)/proto/%.pb-c.h &: src/%.proto
	@mkdir -p $(BUILD)/proto
	@$(SAY) "  PROTO   $<"
	$(Q)protoc-c --c_out=$(BUILD)/proto -Isrc $<

# What protoc-c writes is not ours to warn about. It may include what is written for another file.
$(BUILD)/obj/%.pb-c.o: $(BUILD)/proto/%.pb-c.c | $(PROTO_HEADERS)
	@mkdir -p $(@D)
	@$(SAY) "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -w -MMD -MP -c -o $@ $<

unit-programs: $(UNIT_PROGRAMS)
$(UNIT_PROGRAMS): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/libsupport.a $(ARCHIVES)
	@mkdir -p $(@D)
	@$(SAY) "  LINK    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# The tests. Each group is a set of scripts, named by the table in tests/run.
GROUPS := unit corpus cli cargo rustc readme bazel service
# A build within a target uses all cores, whether or not make was given -j.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
RUN = CLEAVE=$(CURDIR)/$(BUILD)/cleave CLEAVED=$(CURDIR)/$(BUILD)/cleaved BUILD=$(BUILD) tests/run

test: test-deps ## run unit, corpus, command-line, Cargo, rustc, README, Bazel and service tests
	@$(MAKE) $(JOBS) all unit-programs replay-programs
	@$(RUN) $(if $(SAN),unit corpus cli service,$(GROUPS))

test-long: export TEST_SCOPE := whole
test-long: test-deps ## run the same tests over their whole product: every compiler, linker, profile
	@$(MAKE) $(JOBS) all unit-programs replay-programs
	@$(RUN) $(GROUPS)

GROUP_TARGETS := $(GROUPS:%=test-%)
$(GROUP_TARGETS): test-%: test-deps ## run one group: make test-unit, test-cli, test-cargo, …
	@$(MAKE) $(JOBS) all unit-programs replay-programs
	@$(RUN) $*

test-peers: peers-deps ## run cleaved with more clients, and its tests against other servers
	@$(MAKE) $(JOBS) all
	@$(RUN) peers

replay-programs: $(REPLAY_PROGRAMS)
$(REPLAY_PROGRAMS): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/obj/tests/fuzz/main.o \
		$(ARCHIVES)
	@mkdir -p $(@D)
	@$(SAY) "  LINK    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

test-deps peers-deps demo-deps check-deps fuzz-deps: %-deps:
	@tests/install-deps $*

# The same bytes from the same sources and compiler, wherever and whenever.
DIST = $(BUILD)/cleave-$(shell sed -n 's/.*VERSION "\(.*\)"/\1/p' src/base/version.h)-$(shell uname -m).tar.gz
dist: $(BUILD)/cleave ## an archive with bin/cleave, for rust_toolchains(cleave_url = …); prints its SHA-256
	@rm -rf $(BUILD)/dist && install -D $(BUILD)/cleave $(BUILD)/dist/bin/cleave
	@tar -C $(BUILD)/dist --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - bin | gzip -9n >$(DIST)
	@sha256sum $(DIST)

demo: demo-deps ## split a real program's build, link it, compare with plain rustc's
	@$(MAKE) $(JOBS) all
	@CLEAVE=$(CURDIR)/$(BUILD)/cleave CLEAVED=$(CURDIR)/$(BUILD)/cleaved tests/e2e/demo.sh

bench: test-deps ## print the figures (or BENCH="link service"), each as a ratio to a peer in the same run
	@$(MAKE) $(JOBS) all $(BUILD)/tests/bench/load
	@CLEAVE=$(CURDIR)/$(BUILD)/cleave BUILD=$(BUILD) tests/bench/run $(BENCH)

$(BUILD)/tests/bench/load: $(call object,$(LOAD)) $(ARCHIVES)
	@mkdir -p $(@D)
	@$(SAY) "  LINK    $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

check: check-deps ## format, warnings of two compilers, layers, banned calls, scripts
	+@tests/lint/run

# Two fuzzers at a time, FUZZ_SECONDS each.
fuzz: fuzz-deps ## run each fuzz target (or FUZZ="ar plan") for FUZZ_SECONDS (600)
	@$(MAKE) $(JOBS) CC=clang SAN=fuzzer-no-link,address,undefined fuzz-programs
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(FUZZ)

fuzz-programs: $(FUZZ_PROGRAMS)
$(FUZZ_PROGRAMS): $(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	@$(SAY) "  LINK    $@"
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# Everything compiled, nothing linked: what `make check` runs once per compiler with WERROR=1.
objects: $(OBJECTS)

install: all ## install both programs under $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/cleave $(BUILD)/cleaved $(DESTDIR)$(PREFIX)/bin

clean: ## remove what was built
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z$$(][A-Za-z_()-]*\):.*## /\1\t/p' Makefile | sed 's/$$(GROUP_TARGETS)/test-GROUP/' \
		| awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

-include $(OBJECTS:.o=.d)
.PHONY: all test test-long test-peers $(GROUP_TARGETS) unit-programs replay-programs fuzz-programs objects \
	dist demo bench check fuzz install clean help test-deps peers-deps demo-deps check-deps fuzz-deps
