# Fuzz targets, t/fuzz/fuzz_<what>.c, and their corpora, t/fuzz/corpus/<what>/.
#
# fuzz-smoke replays the corpora without libFuzzer, so that it needs nothing
# but a C compiler.  fuzz searches: what it finds new is kept below BUILD, and
# a crash is written to BUILD/fuzz/.

FUZZ_SRC := $(filter-out t/fuzz/fuzz_main.c, \
    $(sort $(wildcard t/fuzz/fuzz_*.c)))
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60

FUZZ_NAMES = $(FUZZ_SRC:t/fuzz/fuzz_%.c=%)
FUZZ_REPLAY = $(FUZZ_NAMES:%=$(BUILD)/replay/fuzz_%)
FUZZ = $(FUZZ_NAMES:%=$(BUILD)/fuzz/fuzz_%)
FUZZ_OBJS = $(CORE_SRC:$(CORE)/%.c=$(BUILD)/fuzz/core/%.o)
FUZZ_SAN = $(SAN) -fsanitize=fuzzer-no-link


.PHONY: fuzz fuzz-smoke $(FUZZ_NAMES:%=fuzz-run-%)

fuzz-smoke: $(FUZZ_REPLAY) ## replay the corpora of the fuzz targets
	prove -j $(JOBS) -e '' $^

fuzz: $(FUZZ_NAMES:%=fuzz-run-%) ## libFuzzer, FUZZ_SECONDS=60 a target (clang)

$(FUZZ_NAMES:%=fuzz-run-%): fuzz-run-%: $(BUILD)/fuzz/fuzz_%
	@mkdir -p $(BUILD)/fuzz/corpus/$*
	$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	    -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/ \
	    $(addprefix -dict=,$(wildcard t/fuzz/$*.dict)) \
	    $(BUILD)/fuzz/corpus/$* $(wildcard t/fuzz/corpus/$*)

$(BUILD)/replay/fuzz_main.o: t/fuzz/fuzz_main.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SAN) $(DEP) -c -o $@ $<

$(BUILD)/replay/fuzz_%: t/fuzz/fuzz_%.c $(BUILD)/replay/fuzz_main.o $(SAN_OBJS)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SAN) $(DEP) -o $@ $< \
	    $(BUILD)/replay/fuzz_main.o $(SAN_OBJS) $(CORE_LIBS)

$(BUILD)/fuzz/core/%.o: $(CORE)/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(FUZZ_CC) $(CORE_CFLAGS) $(FUZZ_SAN) $(DEP) -c -o $@ $<

$(BUILD)/fuzz/fuzz_%: t/fuzz/fuzz_%.c $(FUZZ_OBJS)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(FUZZ_CC) $(TEST_CFLAGS) $(SAN) -fsanitize=fuzzer $(DEP) -o $@ $< \
	    $(FUZZ_OBJS) $(CORE_LIBS)

-include $(FUZZ_REPLAY:=.d) $(BUILD)/replay/fuzz_main.d $(FUZZ:=.d) \
    $(FUZZ_OBJS:.o=.d)
