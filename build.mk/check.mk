# What can be said of the sources without compiling them.

.PHONY: check

check: ## style, layers, the commit's message: seconds, no build
	@tools/check-style
	@tools/check-layers
	@tools/check-commit
