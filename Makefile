# make help lists the targets.

BUILD ?= build
CC ?= cc

CORE = ngx_agent_module/core
CORE_SRC := $(sort $(wildcard $(CORE)/*.c))
UNIT_SRC := $(sort $(wildcard t/unit/test_*.c))

CORE_CFLAGS = -std=c11 -O2 -g -D_POSIX_C_SOURCE=200809L \
    -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Wwrite-strings -Wpointer-arith -Wvla -Wconversion
CORE_LIBS = -lpcre2-8 -lcrypto

SAN = -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    -fno-omit-frame-pointer

core: $(CORE_SRC:$(CORE)/%.c=$(BUILD)/core/%.o) ## compile the core alone

unit: $(UNIT_SRC:t/unit/%.c=$(BUILD)/unit/%) ## C tests, under ASan and UBSan
	prove -e '' $^

$(BUILD)/core/%.o: $(CORE)/%.c $(wildcard $(CORE)/*.h)
	@mkdir -p $(@D)
	$(CC) $(CORE_CFLAGS) -c -o $@ $<

$(BUILD)/san/%.o: $(CORE)/%.c $(wildcard $(CORE)/*.h)
	@mkdir -p $(@D)
	$(CC) $(CORE_CFLAGS) $(SAN) -c -o $@ $<

$(BUILD)/unit/%: t/unit/%.c t/unit/unit.h $(CORE_SRC:$(CORE)/%.c=$(BUILD)/san/%.o)
	@mkdir -p $(@D)
	$(CC) -std=c11 -g $(SAN) -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -I$(CORE) -It/unit -o $@ $< \
	    $(filter %.o,$^) $(CORE_LIBS)

.PHONY: core unit
