#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Without "resolver": the name servers of resolv.conf.  nginx runs with a
# resolv.conf of its own here, in a mount namespace, for which this test has to
# be root.

use strict;
use warnings;

use IO::Socket::INET;
use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::DNS;
use Test::Agent::Provider;
use Test::Agent::Site;

plan(skip_all => 'no mount namespaces')
    unless $> == 0 && -f '/etc/resolv.conf' && system('unshare -m true') == 0;

my $t = Test::Agent->new();
my $dir = $t->testdir();
my $nginx = Test::Agent::binary();

$t->write_file('nginx', <<"END");
#!/bin/sh
exec unshare -m sh -c \\
    'mount --bind $dir/resolv.conf /etc/resolv.conf && exec $nginx "\$@"' \\
    nginx "\$@"
END

chmod 0755, "$dir/nginx";
$ENV{TEST_NGINX_BINARY} = "$dir/nginx";

my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

site($t,
    main => 'worker_processes 1;',
    http => '
        agent_provider named {
            dialect openai;
            pass    http://provider.test:%%PORT_provider%%;
            model   m;
        }
        agent_route named { model named/m; }
    ',
    server => 'location = /named { agent decide@draft;
                                   agent_route_default named; }',
);

# none that nginx could ask

my $said = 'no name server is known to resolve "provider.test": write '
    . '"resolver ADDRESS;"';

for my $row (
    [ 'an empty file', '' ],
    [ 'other lines', "search a.test\noptions edns0\n# nameserver 1.1.1.1\n" ],
    [ 'a scope', "nameserver fe80::1%eth0\n" ],
    [ 'no address', "nameserver localhost\n" ],
) {
    my ($name, $text) = @$row;

    $t->write_file('resolv.conf', $text);

    my ($status, $output) = $t->test_config();

    isnt($status, 0, $name);
    like($output, qr/\[emerg\].*\Q$said\E in agent_provider "named" in \S+:\d/,
         "$name: is said");
}

# nobody there; nginx starts, and leaves while it waits for an answer

$t->write_file('resolv.conf', "nameserver 127.0.0.77\nnameserver ::1\n");
$t->run();

like($t->error_log(), qr/start worker process/, 'starts without an answer');
is(run_agent('{"text":"a"}')->status, 200, 'and serves who needs none');

$t->stop_nginx();

SKIP: {
    my $socket = IO::Socket::INET->new(Proto => 'udp',
        LocalAddr => '127.0.0.77', LocalPort => 53)
        or skip 'port 53 is taken', 2;

    my $dns = bless { t => $t, name => 'dns', file => "$dir/dns.names",
                      log => "$dir/dns.queries" }, 'Test::Agent::DNS';

    $dns->names('provider.test' => '127.0.0.1');
    $t->run_daemon(sub { $dns->loop($socket) });
    close $socket;

    $t->write_file('resolv.conf',
                   "search example.com\nnameserver 127.0.0.77\n");
    $t->run();

    is(http_post('/named', '{"text":"a"}')->status, 200, 'a name server');
    is((grep { $_ ne 'provider.test' } $dns->queries()), 0,
       'is asked for the name as it is');
}

$t->done_testing();
