# Which lines of the core the C tests and the corpora reach.

COV_BUILD = $(BUILD)/cov
COV_FLAGS = -O0 --coverage


.PHONY: cov

cov: ## coverage of the core by its C tests and corpora (gcovr)
	@$(MAKE) --no-print-directory BUILD=$(COV_BUILD) SAN='$(COV_FLAGS)' \
	    unit fuzz-smoke
	gcovr -r . --object-directory $(COV_BUILD)/san --filter '$(CORE)/' \
	    --sort-percentage
