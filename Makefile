# SPDX-License-Identifier: Apache-2.0
# Each target sets up what it needs, or says in one line what is missing.

PROXY := Examples/RLSProxy
SWIFT_BUILD := swift build --package-path $(PROXY)

.PHONY: help setup lint test test-threads soak demo serve interop interop-linphone bench bench-check bench-peers bench-store

help:
	@echo "make demo     the tutorial's scene, played over real UDP against the example proxy"
	@echo "make serve    the example proxy for real phones; lists of $(PROXY)/Lists, subscriptions kept in a file"
	@echo "make test     the tests of the library and of the example"
	@echo "make test-threads  the shell and the stores under the thread sanitizer"
	@echo "make interop  the example proxy in front of Kamailio, watched by SIPp"
	@echo "make interop-linphone  a phone of liblinphone before the example proxy; installs liblinphone"
	@echo "make bench    what the engine, messages and documents cost"
	@echo "make bench-peers  the example proxy measured beside Kamailio; needs ../shared/peers"
	@echo "make bench-store  what the stores cost, beside COPY, on a private PostgreSQL and a SQLite file"
	@echo "make soak     the simulation for as long as told: SOAK='--hours 1000', see Docs/testing.md"
	@echo "make lint     formatting and house rules"
	@echo "make setup    install everything that these targets need"

setup:
	@Scripts/setup build test interop

lint:
	@Scripts/lint

test:
	@Scripts/setup build test
	Scripts/test
	Scripts/validate-rlmi
	Scripts/check-linkage
	swift test --package-path $(PROXY)

# The shell and the stores under the thread sanitizer; a build of its own.
THREADS := --sanitize=thread --scratch-path .build-tsan --disable-default-traits --traits PostgreSQL,SQLite \
	-Xswiftc -DRLS_TSAN
test-threads:
	@Scripts/setup build test
	swift build --build-tests $(THREADS)
	for target in ResourceListServerTests RLSPostgresTests RLSSQLiteTests; do \
		swift test --skip-build $(THREADS) --filter "^$$target\." || exit; \
	done

# SOAK='--seconds 600 --threads 2 --stop'
SOAK ?= --seconds 600
soak:
	@Scripts/setup build
	swift build -c release --product rls-soak
	"$$(swift build -c release --show-bin-path)/rls-soak" $(SOAK)

demo:
	@Scripts/setup build
	@$(SWIFT_BUILD) --product rls-proxy
	@$(SWIFT_BUILD) --product rls-demo
	@"$$($(SWIFT_BUILD) --show-bin-path)/rls-demo"

# LISTEN_HOST=192.0.2.7 make serve: the address that phones reach. Default: every interface.
LISTEN_HOST ?= 0.0.0.0
# Where list subscriptions are kept over a restart: a file, or postgres://… (see Docs/stores.md).
DATABASE ?= sqlite:$(PROXY)/.serve/lists.sqlite
serve:
	@Scripts/setup build
	@$(SWIFT_BUILD) --product rls-proxy
	@mkdir -p $(PROXY)/.serve
	@exec "$$($(SWIFT_BUILD) --show-bin-path)/rls-proxy" --listen udp:$(LISTEN_HOST):5060 \
		--listen tcp:$(LISTEN_HOST):5060 --lists $(PROXY)/Lists --database "$(DATABASE)" --waitn-time 1

interop:
	@Scripts/setup build interop
	RLS_INTEROP=1 swift test --no-parallel --package-path $(PROXY) --filter InteropTests

interop-linphone:
	@Scripts/setup build linphone
	@$(SWIFT_BUILD) --product rls-proxy
	@Scripts/interop-linphone "$$($(SWIFT_BUILD) --show-bin-path)/rls-proxy"

BENCHMARKS := swift build --package-path Tests/Benchmarks -c release
bench:
	@Scripts/setup build
	@$(BENCHMARKS)
	@program="$$($(BENCHMARKS) --show-bin-path)/Benchmarks" && "$$program" time && \
		for scale in "500 20 0" "5000 20 0" "50000 20 0" "50000 20 400"; do "$$program" scale $$scale || exit; done

# Allocations only: they do not depend on how busy the machine is.
bench-check:
	@Scripts/setup build
	@$(BENCHMARKS)
	@"$$($(BENCHMARKS) --show-bin-path)/Benchmarks" check Tests/Benchmarks/allocations.txt

bench-peers:
	@Scripts/bench-peers

# BENCH_STORE='write subscribe load'
bench-store:
	@Scripts/setup build test
	@Scripts/bench-store $(BENCH_STORE)
