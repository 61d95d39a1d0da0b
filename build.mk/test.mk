# All tests in one run of prove: the C tests, the corpora of the fuzz targets,
# and the Perl tests of t/, which start nginx with the modules of BUILD.
#
#     TESTS="t/a.t t/b.t"   these files alone
#     PROVE_FLAGS=-v        more words

# the longest first: the others run beside it

PERL_TESTS := t/rebuild.t $(filter-out t/rebuild.t,$(sort $(wildcard t/*.t)))

TESTS ?= $(PERL_TESTS) $(UNIT) $(PORTABLE_UNIT) $(FUZZ_REPLAY)
PROVE_FLAGS ?=

TEST_ENV = TEST_NGINX_MODULES=$(abspath $(BUILD)) \
    TEST_NGINX_BINARY=$(NGINX_BINARY)


.PHONY: setup test test-built

setup: ## install what building and testing need (Debian, Ubuntu)
	tools/setup test

test: ## install what is missing, build, and run every test
	tools/setup test
	@$(MAKE) --no-print-directory test-built

test-built: modules nginx $(UNIT) $(PORTABLE_UNIT) $(FUZZ_REPLAY)
	$(TEST_ENV) prove -j $(JOBS) $(PROVE_FLAGS) $(TESTS)
