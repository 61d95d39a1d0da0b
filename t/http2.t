#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# HTTP/2 clients: the same answers, many at once on one connection, and a
# stream that is reset cancels its own execution only.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new()->has('http_v2', 'curl');
my $good = openai_reply('{"decision":"yes"}');
my $p = Test::Agent::Provider->new($t, 'provider', $good);

site($t, server => 'listen 127.0.0.1:%%PORT_h2%% http2;')->run();

my $url = 'http://127.0.0.1:' . port('h2') . '/run';

sub curl {
    my (@args) = @_;

    open my $fh, '-|', 'curl', '-sS', '--http2-prior-knowledge', '-m', '10',
        '-H', 'Content-Type: application/json', @args or die $!;
    local $/;
    return scalar(<$fh>) // '';
}

like(curl('-i', '-d', '{"text":"a"}', $url),
     qr/^HTTP\/2 200.*agent-model: p\/small.*\{"decision":"yes"\}$/s,
     'an answer');
like(curl('-i', '-d', '{"text":1}', $url),
     qr/^HTTP\/2 422.*problem\+json.*invalid-input/s, 'a problem');
like(curl('-i', '-d', '{', $url), qr/^HTTP\/2 400.*invalid-json/s,
     'not JSON');
like(curl('-i', '-X', 'DELETE', $url), qr/^HTTP\/2 405.*allow: /s,
     'a method');

$t->write_file('large.json', '{"text":"' . 'a' x 90_000 . '"}');
like(curl('-i', '-d', '@' . $t->testdir . '/large.json', $url),
     qr/^HTTP\/2 200/, 'a large body');
is(length $p->last->{json}{messages}[1]{content}, 90_011, 'arrived whole');

# several at once on one connection

$p->replies({ %$good, delay => 0.1 });

my $answers = curl('-Z', '--parallel-immediate', '-d', '{"text":"a"}',
                   map { $url } 1 .. 20);
my $n = () = $answers =~ /\{"decision":"yes"\}/g;
is($n, 20, 'twenty at once');

# a client that gives up

$p->replies({ hang => 0 });

my $pid = fork() // die $!;
if ($pid == 0) {
    open STDOUT, '>', '/dev/null';
    exec 'curl', '-s', '--http2-prior-knowledge', '-m', '0.5', '-H',
         'Content-Type: application/json', '-d', '{"text":"a"}', $url
        or POSIX::_exit(1);
}
waitpid $pid, 0;
ok($p->wait_closed(), 'its attempt is cancelled');

my $record;
wait_until(sub {
    ($record) = map { JSON::PP::decode_json($_) }
                (split /\n/, $t->read_file('agents.log'))[-1];
    return $record->{outcome} eq 'cancelled';
});
is("$record->{outcome} $record->{status}", 'cancelled 499', 'on record');

$p->replies($good);
is(run_agent('{"text":"a"}')->status, 200, 'served on');

$t->done_testing();
