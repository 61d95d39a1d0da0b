# Copyright (C) the ngx_agent_module authors
#
# "make help" lists the targets.  The parts are in build.mk/.

BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# as many compilations at once as there are processors; -j still wins

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif

# commands in full: make V=1

V ?= 0
Q = $(if $(filter 0,$(V)),@,)
say = @$(if $(filter 0,$(V)),echo '  $(1)',:)

.DEFAULT_GOAL = all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

.PHONY: all help clean FORCE

all: modules ## both modules, into build/

include build.mk/nginx.mk
include build.mk/core.mk
include build.mk/fuzz.mk
include build.mk/test.mk
include build.mk/asan.mk
include build.mk/bench.mk
include build.mk/check.mk
include build.mk/cov.mk
include build.mk/demo.mk
include build.mk/install.mk

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / \
	    { printf "    make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

clean: ## remove build/
	rm -rf $(BUILD)
