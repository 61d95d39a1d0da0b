# What the code costs: see docs/performance.md for figures and their method.
# C programs (bench/*.c) first, then scripts (bench/*.pl) that start nginx.
#
# Nothing here fails because a machine is slow: figures are printed, and
# judged by those who read them.

BENCH_SRC := $(sort $(wildcard bench/*.c))
BENCH_PL := $(sort $(wildcard bench/*.pl))
BENCH = $(BENCH_SRC:bench/%.c=$(BUILD)/bench/%)


.PHONY: bench

bench: ## the figures of docs/performance.md (minutes, an idle machine)
	tools/setup bench
	@$(MAKE) --no-print-directory modules nginx $(BENCH)
	@for program in $(BENCH) $(BENCH_PL); do \
	    echo "== $$program" && $(TEST_ENV) $$program || exit 1; \
	done

$(BUILD)/bench/%: bench/%.c $(CORE_OBJS)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=c11 -O2 -g -Wall -Wextra -Werror -I$(CORE) $(DEP) \
	    -o $@ $< $(CORE_OBJS) $(CORE_LIBS) -ljansson

-include $(BENCH:=.d)
