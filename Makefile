# Binaries are where cargo puts them: in target/, or in $CARGO_TARGET_DIR.

.PHONY: help demo test build bench accuracy fuzz rtsan lint deny doc clean bench-peers instructions package \
	soak reliability
FUZZ_SECONDS ?= 600
SOAK_SECONDS ?= 1800
SOAK_SEED ?= 1
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: build ## hear a sound walk round your head (headphones!)
	@$${CARGO_TARGET_DIR:-target}/release/binaurald demo --source samples/voice.wav

test: ## run all tests; installs what they need first
	scripts/setup
	cargo test --locked
	cargo test --locked --features jack,pulseaudio --test hosts --test outage_hosts --test bench_device
	cargo test --locked --features jack,pulseaudio --test faults -- --nocapture

soak: ## try all faults, then put the daemon through them at random: SOAK_SECONDS=1800 SOAK_SEED=1
	scripts/setup
	cargo test --locked --features jack,pulseaudio --test faults -- --nocapture
	SOAK_SECONDS=$(SOAK_SECONDS) SOAK_SEED=$(SOAK_SEED) cargo test --locked --test soak -- --nocapture

reliability: ## try all faults that docs/reliability.md tells of, and write it anew
	scripts/setup
	cargo test --locked --features jack,pulseaudio --test faults -- --ignored --nocapture

build: ## build the optimised binary; installs what that needs first
	scripts/setup build
	cargo build --release --locked

bench: ## measure the audio callback and its parts
	cargo bench --locked

bench-peers: ## measure it beside other renderers, and write docs/performance.md anew
	scripts/setup peers
	cargo run --release --locked --manifest-path benches/peers/Cargo.toml -- --write docs/performance.md

instructions: ## count the callback's instructions, and hold them to a baseline: UPDATE=1 sets it
	scripts/setup instructions
	cargo bench --locked --bench instructions -- $(if $(UPDATE),--update)

fuzz: ## feed the readers of files and positions with damaged ones: FUZZ_SECONDS=600
	scripts/setup fuzz
	scripts/fuzz $(FUZZ_SECONDS)

rtsan: ## prove by a sanitizer that nothing holds up the audio callback
	scripts/setup test
	scripts/rtsan

accuracy: ## measure all that docs/accuracy.md tells of, and write it anew
	scripts/setup
	cargo test --locked --test accuracy -- --ignored --nocapture

package: ## build the Debian package, in target/debian
	scripts/setup package
	scripts/package

lint: ## formatting and lints, as the continuous integration checks them
	cargo fmt --check
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo fmt --check --manifest-path benches/peers/Cargo.toml
	cargo clippy --locked --all-targets -- -D warnings

deny: ## check the dependencies: licences, sources, known weaknesses
	scripts/setup deny
	scripts/deny

doc: ## the library's documentation, in target/doc
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --lib

clean: ## remove all that was built, and the demo's file
	cargo clean
	rm -f binaurald-demo.wav
