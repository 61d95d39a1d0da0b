# The modules where the distribution's nginx looks for them, and for each a
# snippet that loads it.  Nothing is enabled: that is a link, made by hand.

MODULES_DIR ?= $(or $(shell nginx -V 2>&1 \
    | sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p'),/usr/lib/nginx/modules)
AVAILABLE_DIR ?= /usr/share/nginx/modules-available


.PHONY: install

install: modules ## into nginx's modules directory (DESTDIR, MODULES_DIR)
	install -d $(DESTDIR)$(MODULES_DIR) $(DESTDIR)$(AVAILABLE_DIR)
	install -m 644 $(MODULES:%=$(BUILD)/%) $(DESTDIR)$(MODULES_DIR)
	echo 'load_module modules/ngx_http_agent_module.so;' \
	    > $(DESTDIR)$(AVAILABLE_DIR)/mod-http-agent.conf
	echo 'load_module modules/ngx_http_agent_simulator_module.so;' \
	    > $(DESTDIR)$(AVAILABLE_DIR)/mod-http-agent-simulator.conf
	@echo
	@echo 'To load the module when nginx starts:'
	@echo '    ln -s $(AVAILABLE_DIR)/mod-http-agent.conf \'
	@echo '        /etc/nginx/modules-enabled/50-mod-http-agent.conf'
