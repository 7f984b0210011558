# One word per thing that a person does. `make help` lists them.

PLATFORM ?= $(shell uname -m)
CRYPTO ?= sodium
SECONDS ?= 60
CIPHER ?= null
# Thousands of nodes share one processor: without cryptography, or with CIPHER=real.
SIMULATED = $(if $(filter real,$(CIPHER)),Sodium,Null,Sodium)
SIMULATOR = .build/simulate-$(CIPHER)

.PHONY: help prerequisites appliance demo test cross cross-all cross-test cross-mesh simulate \
  simulate-report simulator wifi-test bench bench-cross fuzz interop sizes packages \
  package-test clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r word what; do \
	  printf '  make %-15s %s\n' "$$word" "$$what"; done
	@echo 'CRYPTO=compact builds with the cryptography in Swift instead of libsodium.'

prerequisites: ## installs the Debian packages that are missing
	@CrossCompile/prerequisites

appliance: prerequisites ## builds ./cjdroute for this machine
	@CrossCompile/build $(PLATFORM) $(CRYPTO) cjdroute
	@ln -sfn build/$(PLATFORM)/$(CRYPTO)/cjdroute cjdroute
	@echo 'Build completed successfully, type ./cjdroute to begin setup.'

demo: appliance ## three nodes form a mesh on this machine and carry IPv6
	@python3 Tests/Kernel/demo.py ./cjdroute

test: prerequisites ## everything that can be tested here
	@python3 Tests/run $(GROUPS)

# Large pages: nodes lie all over the memory.
simulate simulate-report: export GLIBC_TUNABLES = glibc.malloc.hugetlb=1

simulate: simulator ## a network in virtual time: ARGS='--nodes 300 --topology towns' (--help)
	@$(SIMULATOR)/release/simulate $(ARGS)

simulate-report: simulator ## writes docs/routing-report.md: ARGS='--nodes 100,300,1000,3000'
	@python3 Tests/Simulate/report.py $(SIMULATOR)/release/simulate $(ARGS)

# What is said while it compiles is shown only if it fails.
simulator: prerequisites
	@said=$$(swift build -c release --traits $(SIMULATED) --scratch-path $(SIMULATOR) \
	  --product simulate 2>&1) || { printf '%s\n' "$$said" >&2; exit 1; }

bench: appliance ## throughput, latency, CPU and memory against a plain forwarder
	@python3 Tests/Bench/bench.py ./cjdroute

cross: prerequisites ## the executables for one router: PLATFORM=mips_24kc (a file of Platforms/)
	@CrossCompile/build $(PLATFORM) $(CRYPTO)

cross-all: prerequisites ## the executables for every router, with each cryptography
	@CrossCompile/all $(PLATFORMS)

cross-test: prerequisites ## selftest for every router, under QEMU (PLATFORMS=mips_24kc for one)
	@CrossCompile/test $(PLATFORMS)

cross-mesh: prerequisites ## routers of every kind in one mesh, under QEMU: PLATFORMS="i386 aarch64"
	@python3 Tests/Kernel/cross_mesh.py $(PLATFORMS)

bench-cross: ## instructions of cryptography and packets: PLATFORMS=mips_24kc
	@CrossCompile/prerequisites qemu-user
	@python3 Tests/Bench/crypto.py $(PLATFORMS)
	@python3 Tests/Bench/packets.py $(PLATFORMS)

fuzz: prerequisites ## hostile bytes for every parser and a whole node: SECONDS=60
	@Tests/Fuzz/run $(SECONDS)

interop: appliance ## with a foreign node: CJDROUTE=its path (TOO_OLD=one before v20)
	@python3 Tests/Kernel/interop.py ./cjdroute $(CJDROUTE) $(TOO_OLD)

wifi-test: prerequisites ## nodes joined by radio, in a kernel with simulated radios, under QEMU
	@CrossCompile/prerequisites qemu-system-x86
	@CrossCompile/build x86_64 $(CRYPTO) cjdroute
	@python3 Tests/Wifi/wifi.py build/x86_64/$(CRYPTO)/cjdroute

sizes: prerequisites ## bytes of cjdroute for every router, and what it may have
	@CrossCompile/sizes $(PLATFORMS)

packages: ## what owners install, into build/packages: KINDS=debian PLATFORMS=x86_64,mips_24kc
	@Packaging/packages $(KINDS) --platforms "$(PLATFORMS)"

package-test: packages ## installs, upgrades, swaps and removes them in systems of their own
	@Packaging/test $(KINDS)

clean: ## removes what was built here (not the cache of tools and libraries)
	@rm -rf .build build cjdroute
