# The Perl tests under AddressSanitizer and UndefinedBehaviorSanitizer, with
# nginx itself built so, from the distribution's source package (or NGINX_SRC).
#
#     NGX_DEBUG_PALLOC=1        each allocation of a pool is one of malloc(),
#                               which the sanitizer can watch
#     NGX_HAVE_NONALIGNED=0     nginx would compare four bytes at any address
#     -fno-sanitize-recover     a report is the end, so that no test misses it
#
# The modules stay dynamic, as they are in production: nginx places a dynamic
# module by its order list and a static one by the place in its lists.
#
# The core is also compiled as "make core" does: this is where clang sees it.

ASAN_BUILD = $(BUILD)/asan
ASAN_SRC = $(if $(NGINX_SRC),$(NGINX_SRC),$(BUILD)/distribution/nginx)
ASAN_CC ?= clang

ASAN_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    -fno-omit-frame-pointer
ASAN_CC_OPT = -O1 -g $(ASAN_FLAGS) -DNGX_DEBUG_PALLOC=1 -DNGX_HAVE_NONALIGNED=0 \
    -fsanitize-ignorelist=$(abspath build.mk/sanitizers.ignore)

# those two do not run the modules

ASAN_TESTS ?= $(filter-out t/check.t t/rebuild.t,$(PERL_TESTS))

# timeouts of the tests are longer, and the odd worker that a test kills shall
# not take minutes to look for leaks

ASAN_ENV = TEST_NGINX_SLOW=4 \
    LSAN_OPTIONS=suppressions=$(abspath build.mk/lsan.supp):print_suppressions=0


.PHONY: asan

asan: ## the Perl tests under ASan and UBSan, nginx and all (clang)
	tools/setup asan
	@$(if $(NGINX_SRC),,tools/fetch-nginx $(BUILD)/distribution)
	@$(MAKE) --no-print-directory core BUILD=$(ASAN_BUILD) CC=$(ASAN_CC)
	@$(ASAN_ENV) $(MAKE) --no-print-directory test-built BUILD=$(ASAN_BUILD) \
	    NGINX_SRC=$(ASAN_SRC) CC=$(ASAN_CC) CC_OPT='$(ASAN_CC_OPT)' \
	    LD_OPT='$(ASAN_FLAGS)' UNIT_SRC= FUZZ_SRC= TESTS='$(ASAN_TESTS)'
