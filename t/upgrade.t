#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# A new binary takes over while executions run, and hands back again: none is
# lost, and the key of the environment is still known.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

$ENV{AGENT_TEST_KEY} = 'key-of-the-environment';

my $t = Test::Agent->new();
my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

site($t,
    main => 'worker_processes 2;',
    http => '
        agent_provider keyed {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_provider%%/v1;
            api_key env:AGENT_TEST_KEY;
            model   m;
        }
        agent_route keyed { model keyed/m; }
    ',
    location => 'agent_route_default keyed;',
);

# nginx upgrades itself only as a daemon

my $dir = $t->testdir();
(my $conf = $t->read_file('nginx.conf')) =~ s/daemon off;/daemon on;/;
$t->write_file('nginx.conf', $conf);

my $started = $t->spawn([ Test::Agent::binary(), '-p', "$dir/", '-c',
                          "$dir/nginx.conf", '-e', "$dir/error.log" ],
                        "$dir/stderr.log", 1);
waitpid $started, 0;

my ($old, $new);

END { kill 'TERM', grep { $_ && -e "/proc/$_" } $old, $new }

$old = master(0);

is(run_agent('{"text":"a"}')->status, 200, 'a daemon');


# executions of the old binary go on while the new one comes

$p->replies(openai_reply('{"decision":"yes"}', delay => 0.5));

my @old = waiting(4);

kill 'USR2', $old;
$new = master($old);

ok($new && $new != $old, 'a new binary');

kill 'WINCH', $old;
my @both = waiting(4);

is(join(' ', statuses(@old)), '200 200 200 200', 'what ran before it came');
is(join(' ', statuses(@both)), '200 200 200 200', 'what came then');

$p->replies(openai_reply('{"decision":"yes"}'));

for my $n (1 .. 8) {
    is(run_agent('{"text":"a"}')->status, 200, "the new binary serves, $n");
}

is_deeply({ map { $_->{headers}{authorization} => 1 } $p->requests() },
          { "Bearer $ENV{AGENT_TEST_KEY}" => 1 }, 'with the same key');


# and back

$p->replies(openai_reply('{"decision":"yes"}', delay => 0.5));

my @new = waiting(4);

kill 'HUP', $old;
ok($t->waitforlog(qr/reconfiguring.*start worker process/s), 'the old again');
kill 'QUIT', $new;

is(join(' ', statuses(@new)), '200 200 200 200',
   'what the new one was asked is answered');
ok(wait_until(sub { !-e "/proc/$new" }, 10), 'and it leaves');

$p->replies(openai_reply('{"decision":"yes"}'));
is(run_agent('{"text":"a"}')->status, 200, 'the old one serves');

kill 'QUIT', $old;
ok(wait_until(sub { !-e "/proc/$old" }, 10), 'and leaves');

my $n = () = $p->requests();
is((scalar grep { $_->{outcome} eq 'ok' } $t->json_lines('agents.log', $n)),
   $n, 'all executions are on record');

$t->done_testing();


sub master {
    my ($not) = @_;

    my $pid;

    wait_until(sub {
        ($pid) = $t->read_file('nginx.pid') =~ /^(\d+)$/;
        return $pid && $pid != $not && -e "/proc/$pid";
    });

    return $pid;
}


# executions that a provider has, and has not answered

sub waiting {
    my ($n) = @_;

    my $from = () = $p->requests();
    my @clients = map {
        my $c = $t->connect('http');
        $c->send_request('POST', '/run', '{"text":"a"}',
                         { Connection => 'close' });
        $c;
    } 1 .. $n;

    $p->requests($from + $n);

    return @clients;
}


sub statuses {
    return map { $_->read_response(method => 'POST')->status } @_;
}
