# The modules, against the installed nginx (its package nginx-dev) or against
# the source tree NGINX_SRC; there nginx itself is built too, for the tests.
#
# nginx's own Makefile knows what to recompile.  Two files decide about what
# it cannot see: nginx.id, which nginx and which flags (a change starts anew),
# and sources, the list of our files (a change configures again).

NGINX_SRC ?=
NGINX_DEV = /usr/share/nginx/src
NGINX_FLAGS ?=

CC_OPT ?= -O2 -g
LD_OPT ?= -Wl,-z,relro -Wl,-z,now

NGINX_DIR = $(BUILD)/src
OBJS = $(NGINX_DIR)/objs
NGINX_TREE = $(if $(NGINX_SRC),$(abspath $(NGINX_SRC)),$(NGINX_DEV))
NGINX_BINARY = $(if $(NGINX_SRC),$(abspath $(BUILD))/nginx,nginx)

MODULES = ngx_http_agent_module.so ngx_http_agent_simulator_module.so
MODULE_SRC := $(sort $(wildcard ngx_agent_module/*/*.c))

NGINX_MAKE = $(MAKE) $(if $(filter 0,$(V)),-s,) --no-print-directory \
    -C $(NGINX_DIR) -f objs/Makefile


.PHONY: modules nginx

modules: $(OBJS)/Makefile ## both modules into build/ (NGINX_SRC=path, V=1)
	+$(Q)$(NGINX_MAKE) modules
	@tools/copy-changed $(MODULES:%=$(OBJS)/%) $(BUILD)

nginx: $(if $(NGINX_SRC),$(BUILD)/nginx) ## nginx too, with NGINX_SRC

$(BUILD)/nginx: modules
	+$(Q)$(NGINX_MAKE) binary
	@tools/copy-changed $(OBJS)/nginx $(BUILD)

$(OBJS)/Makefile: $(BUILD)/nginx.id $(BUILD)/sources config config.make \
                  tools/configure-nginx
	@echo "configuring nginx of $(NGINX_TREE)"
	@if [ $(BUILD)/nginx.id -nt $@ ]; then \
	    rm -rf $(NGINX_DIR) $(BUILD)/nginx; \
	fi
	@CC='$(CC)' CC_OPT='$(CC_OPT)' LD_OPT='$(LD_OPT)' \
	    tools/configure-nginx $(NGINX_TREE) $(NGINX_DIR) $(NGINX_FLAGS)

$(BUILD)/nginx.id: FORCE
	@tools/write-changed $@ '$(NGINX_TREE)' '$(CC)' '$(CC_OPT)' '$(LD_OPT)' \
	    '$(NGINX_FLAGS)' "$$(tools/nginx-id $(NGINX_TREE))"

$(BUILD)/sources: FORCE
	@tools/write-changed $@ $(MODULE_SRC)
