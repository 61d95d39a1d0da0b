#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The modules as files: what they export, how they are hardened, that nginx
# loads them, and where it places them.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::Agent;

my $t = Test::Agent->new(level => 'debug')
    ->has(qw/ agent simulator http_auth_request debug /)->plan(19);

my %modules = map { $_ => $t->modules() . "/$_.so" }
    qw/ ngx_http_agent_module ngx_http_agent_simulator_module /;

for my $name (sort keys %modules) {
    my $path = $modules{$name};

    my @exported = `nm -D --defined-only '$path'` =~ /^\S+ \S (\S+)$/mg;
    my $dynamic = `readelf -Wd '$path'`;
    my $segments = `readelf -Wl '$path'`;
    my $needed = `nm -D --undefined-only '$path'`;

    is(join(' ', sort @exported),
       'ngx_module_names ngx_module_order ngx_modules', "$name: exports");

    like($dynamic, qr/BIND_NOW|FLAGS_1.*\bNOW\b/, "$name: bound at start");
    like($segments, qr/GNU_RELRO/, "$name: relocations are read-only");
    like($segments, qr/GNU_STACK .* RW +0x/, "$name: stack not executable");
    unlike($dynamic, qr/TEXTREL|RPATH|RUNPATH/, "$name: position independent");

    SKIP: {
        skip 'built with a sanitizer', 2 if $needed =~ /__asan_/;

        like($needed, qr/__stack_chk_fail/, "$name: stack protector");
        like($needed, qr/__\w+_chk\b(?<!__stack_chk)/, "$name: fortified");
    }
}

# each of them alone

for my $name (sort keys %modules) {
    my ($code, $output) = $t->test_config("load_module $modules{$name};\n"
        . "pid %%TESTDIR%%/nginx.pid;\nevents {\n}\n"
        . "http {\n%%TEST_GLOBALS_HTTP%%\n}\n");

    is($code, 0, "$name: loads alone") or diag($output);
}

# at a reload the old cycle's log is at level debug, so that nginx says where
# it puts each module

$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_http%%;
    }
}
CONF

$t->run();
ok($t->reload(), 'both are loaded');

my %before;

for ($t->error_log() =~ /(module: \S+ before \S+:\d+)/g) {
    my ($name, $next, $n) = /module: (\S+) before (\S+):(\d+)/;
    $before{$name} = [ $next, $n ];
}

# handlers of a phase run from the last module to the first; filters too

is($before{ngx_http_agent_module}[0], 'ngx_http_auth_request_module',
   'the agent runs after all access modules');
is($before{ngx_http_agent_filter_module}[0], 'ngx_http_copy_filter_module',
   'the filter stands before the copy filter');
