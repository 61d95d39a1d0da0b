# The core alone, with flags stricter than nginx's headers would pass and
# nothing else on the include path, and its C tests under the sanitizers.
#
# CORE_SRC and UNIT_SRC may be given on the command line: a few files alone.

CORE = ngx_agent_module/core
CORE_SRC := $(sort $(wildcard $(CORE)/*.c))
UNIT_SRC := $(sort $(wildcard t/unit/test_*.c))

CORE_CFLAGS = -std=c11 -g -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror \
    -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
    -Wpointer-arith -Wvla -Wconversion
CORE_LIBS = -lpcre2-8 -lcrypto

# _FORTIFY_SOURCE, which Ubuntu's gcc sets by itself, would hide calls that a
# sanitizer is to see

SAN = -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    -fno-omit-frame-pointer -U_FORTIFY_SOURCE

export UBSAN_OPTIONS ?= print_stacktrace=1

TEST_CFLAGS = -std=c11 -g -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror \
    -I$(CORE) -It/unit

# what the compiler writes beside each object, so that an edited header
# recompiles its users

DEP = -MMD -MP

CORE_OBJS = $(CORE_SRC:$(CORE)/%.c=$(BUILD)/core/%.o)
SAN_OBJS = $(CORE_SRC:$(CORE)/%.c=$(BUILD)/san/%.o)
UNIT = $(UNIT_SRC:t/unit/%.c=$(BUILD)/unit/%)

# the JSON reader has a second way through, for processors without SSE2: its
# tests run over both

PORTABLE = -DAGT_JSON_NO_SIMD
PORTABLE_OBJS = $(CORE_SRC:$(CORE)/%.c=$(BUILD)/portable/%.o)
PORTABLE_UNIT = $(patsubst t/unit/%.c,$(BUILD)/unit/%_portable, \
    $(filter $(PORTABLE_TESTS:%=t/unit/test_%.c),$(UNIT_SRC)))
PORTABLE_TESTS = json json_% extract scan text utf8


.PHONY: core unit

core: $(CORE_OBJS) ## the core alone, with the strictest flags

unit: $(UNIT) $(PORTABLE_UNIT) ## C tests of the core, under ASan and UBSan
	prove -j $(JOBS) -e '' $^

$(BUILD)/core/%.o: $(CORE)/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CORE_CFLAGS) -O2 $(DEP) -c -o $@ $<

$(BUILD)/san/%.o: $(CORE)/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CORE_CFLAGS) $(SAN) $(DEP) -c -o $@ $<

$(BUILD)/portable/%.o: $(CORE)/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CORE_CFLAGS) $(SAN) $(PORTABLE) $(DEP) -c -o $@ $<

$(BUILD)/unit/%_portable: t/unit/%.c $(PORTABLE_OBJS)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SAN) $(PORTABLE) $(DEP) -o $@ $< \
	    $(PORTABLE_OBJS) $(CORE_LIBS)

$(BUILD)/unit/%: t/unit/%.c $(SAN_OBJS)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SAN) $(DEP) -o $@ $< $(SAN_OBJS) $(CORE_LIBS)

-include $(CORE_OBJS:.o=.d) $(SAN_OBJS:.o=.d) $(PORTABLE_OBJS:.o=.d) \
    $(UNIT:=.d) $(PORTABLE_UNIT:=.d)
