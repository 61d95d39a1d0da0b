.PHONY: demo

demo: ## install what is missing, build, start nginx, call an agent
	tools/setup demo
	@$(MAKE) --no-print-directory modules
	@tools/demo $(BUILD)
