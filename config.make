# Copyright (C) the ngx_agent_module authors
#
# nginx's configure reads this file after it has written its Makefile, which
# has one CFLAGS for everything.  Our own flags must not reach nginx's files:
# hidden symbols there would be missed by other modules.  So they are added to
# the Makefile for our objects alone.
#
#     -fvisibility=hidden   direct calls, and inlining, in spite of -fPIC
#     -MMD -MP              an edited header recompiles the files that use it
#     -Wno-unused-parameter nginx's handlers have the arguments of their type

agent_objs=

for agent_src in $agent_core_srcs $agent_srcs $agent_simulator_srcs; do
    agent_obj=addon/$(basename $(dirname $agent_src))/$(basename $agent_src .c)
    agent_objs="$agent_objs $NGX_OBJS/$agent_obj.o"
done

cat << END                                                    >> $NGX_MAKEFILE

AGENT_OBJS = $agent_objs

\$(AGENT_OBJS): CFLAGS += -Wall -Wextra -Werror -Wno-unused-parameter \\
	-fvisibility=hidden -MMD -MP$agent_cflags

$NGX_OBJS/ngx_http_agent_module.so \\
$NGX_OBJS/ngx_http_agent_simulator_module.so: \\
	$ngx_addon_dir/exports.map $NGX_OBJS/Makefile

-include \$(AGENT_OBJS:.o=.d)

END
