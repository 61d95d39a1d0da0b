#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# A provider's key: from a file that changes, from the environment; and that
# it stands in no log.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

$ENV{AGENT_TEST_KEY} = " sk-canary-environment\n";

my $t = Test::Agent->new(level => 'debug');

my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

my $dir = $t->testdir();

sub key {
    my ($text) = @_;

    $t->write_file('keys/key', $text);
    chmod 0644, "$dir/keys/key";
}


mkdir "$dir/keys";
chmod 0755, "$dir/keys";
key("sk-canary-first\n\n");

site($t,
    main => 'worker_processes 2;',
    http => '
        agent_provider file {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_provider%%/file;
            api_key file:keys/key;
            header  OpenAI-Organization org-1;
            header  User-Agent test/1;
            model   m;
        }

        agent_provider env {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_provider%%/env;
            api_key env:AGENT_TEST_KEY;
            model   m;
        }

        agent_route file { model file/m; }
        agent_route env { model env/m; }
    ',
    server => join('', map {
        "location = /$_ { agent decide\@draft; agent_route_default $_; }\n"
    } qw/ file env /),
)->run();

# the key that a request carries

sub sent {
    my ($uri) = @_;

    my $n = () = $p->requests();
    my $r = http_post($uri, '{"text":"a"}');

    return $r->status if $r->status != 200;
    return $p->last($n + 1)->{headers}{authorization} // 'none';
}


is(sent('/run'), 'none', 'no key');
is(sent('/env'), 'Bearer sk-canary-environment', 'of the environment');
is($p->last->{headers}{'user-agent'}, 'nginx-agent', 'our agent');
is(sent('/file'), 'Bearer sk-canary-first', 'of a file');
is($p->last->{headers}{'openai-organization'}, 'org-1', 'with a field added');
is($p->last->{headers}{'user-agent'}, 'test/1', 'and one instead of ours');
is($p->last->{uri}, '/file/chat/completions', 'below the base path');

# a key that changes, in each worker

sub reread {
    my ($from) = @_;

    return wait_until(sub {
        my @lines = substr($t->error_log(), $from) =~ /key was read again/g;
        return @lines == 2;
    });
}


sub failed {
    my ($re, $from) = @_;

    return wait_until(sub {
        my @lines = substr($t->error_log(), $from)
            =~ /\[error\].*of "api_key" $re, the last key stays/g;
        return @lines == 2;
    });
}


my $from = length $t->error_log();
key("sk-canary-second");
ok(reread($from), 'a changed file is read by both workers');
is(sent('/file'), 'Bearer sk-canary-second', 'and its key is sent')
    for 1 .. 4;

for my $row (
    [ 'an empty file', sub { key("\n") }, 'is empty' ],
    [ 'a file that is gone', sub { unlink "$dir/keys/key" }, "can't be read" ],
) {
    my ($name, $change, $said) = @$row;

    $from = length $t->error_log();
    $change->();
    ok(failed($said, $from), "$name: is said");
    is(sent('/file'), 'Bearer sk-canary-second', "$name: the last key stays");

    $from = length $t->error_log();
    key('sk-canary-second');
    ok(reread($from), "$name: until there is a good one");
}

SKIP: {
    skip 'workers are root here', 2 if $> != 0 || $t->globals !~ /user nobody/;

    $from = length $t->error_log();
    key('sk-canary-third');
    chmod 0600, "$dir/keys/key";
    ok(failed("can't be read", $from), 'a file that workers may not read');

    $from = length $t->error_log();
    $t->reload();
    ok($t->waitforlog(qr/\[warn\].*workers can't read ".*keys\/key"/,
                      from => $from), 'is a warning at start');
    is(sent('/file'), 'Bearer sk-canary-third', 'the master reads it');
}

# A new binary finds the variable: it is listed as by "env".  nginx upgrades
# itself only as a daemon.

$t->stop_nginx();

# (at level debug nginx itself would log the environment that it hands on)

$t->write_file('daemon.conf', $t->read_file('nginx.conf')
               =~ s/daemon off;/daemon on;/r =~ s/ debug;/ info;/r);

sub master {
    my ($not) = @_;

    my $pid;

    wait_until(sub {
        ($pid) = $t->read_file('nginx.pid') =~ /^(\d+)$/;
        return $pid && $pid != $not && -e "/proc/$pid";
    });

    return $pid;
}


my $started = $t->spawn([ Test::Agent::binary(), '-p', "$dir/", '-c',
                          "$dir/daemon.conf", '-e', "$dir/error.log" ],
                        "$dir/stderr.log", 1);
waitpid $started, 0;

my $old = master(0);

# a worker that answers has a master that takes signals

is(sent('/env'), 'Bearer sk-canary-environment', 'a daemon');

kill 'USR2', $old;
my $new = master($old);
isnt($new, $old, 'a binary upgrade');

kill 'QUIT', $old;
ok(wait_until(sub { !-e "/proc/$old" }), 'the old binary leaves');
is(sent('/env'), 'Bearer sk-canary-environment', 'the new one has the key');

kill 'QUIT', $new;
ok(wait_until(sub { !-e "/proc/$new" }), 'and leaves, too');

# nothing of it anywhere, not at level debug either

$t->stop();

for my $file (qw/ error.log stderr.log access.log agents.log /) {
    unlike($t->read_file($file), qr/canary/, "no key in $file");
}

$t->done_testing();
