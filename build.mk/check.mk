# What can be said of the sources without compiling them.

.PHONY: check

check: ## style, layers, the commit's message: seconds, no build
	@failed=0; \
	for tool in check-style check-layers check-commit; do \
	    tools/$$tool || failed=1; \
	done; \
	exit $$failed
