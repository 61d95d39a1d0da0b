#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# A client that leaves: its attempt is cancelled on the wire, the record says
# so, and nobody else notices.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();
my $good = openai_reply('{"decision":"yes"}');
my $p = Test::Agent::Provider->new($t, 'provider', $good);

site($t)->run();

my $body = '{"text":"a"}';
my $request = "POST /run HTTP/1.1\r\nHost: a\r\n"
              . "Content-Type: application/json\r\n"
              . 'Content-Length: ' . length($body) . "\r\n\r\n$body";

my $n = 0;

for my $case (
    [ 'before the head, FIN', { hang => 0 }, 'close' ],
    [ 'before the head, RST', { hang => 0 }, 'reset' ],
    [ 'before the head, half', { hang => 0 }, 'shutdown' ],
    [ 'behind the head', { %$good, hang => 'head' }, 'close' ],
    [ 'in the body', { %$good, hang => 250 }, 'reset' ],
) {
    my ($name, $reply, $how) = @$case;

    $p->replies($reply);

    my $c = Test::Agent::HTTP->connect(port => port('http'));

    $c->send($request);
    $p->requests(++$n);
    $c->$how();

    ok($p->wait_closed(), "$name: the attempt is closed");

    my $record = record($n);

    is("$record->{outcome} $record->{status} $record->{error}",
       'cancelled 499 cancelled', "$name: the record");
    is($record->{attempts}[0]{outcome}, 'cancelled', "$name: its attempt");
}

# in the body of the request: nothing is sent to anybody

$p->replies($good);

my $c = Test::Agent::HTTP->connect(port => port('http'));
$c->send(substr $request, 0, -3);
$c->reset();

my $record = record($n + 1);

is($record->{outcome}, 'cancelled', 'in its own body');
is_deeply($record->{attempts}, [], 'no attempt was made');

# many at once, at every moment

$p->replies({ %$good, delay => 0.02, bytewise => 1, pause => 0.0001 });

for my $round (1 .. 60) {
    my $c = Test::Agent::HTTP->connect(port => port('http'));
    $c->send($request);
    select undef, undef, undef, $round * 0.001;
    $round % 2 ? $c->reset() : $c->close();
}

$p->replies($good);
is(run_agent($body)->status, 200, 'served on');

ok(wait_until(sub { lines() >= $n + 1 + 60 }), 'a record for each');

# a client that is gone before anybody looked

$p->replies({ hang => 0 });

for (1 .. 20) {
    my $c = Test::Agent::HTTP->connect(port => port('http'));
    $c->send($request);
    $c->reset();
}

ok(wait_until(sub { lines() >= $n + 2 + 60 + 20 }),
   'also where it sent and left at once');

# a worker that is terminated cancels what is open, and says so

$p->replies({ hang => 0 });

my $before = lines();
my @open = map {
    my $c = Test::Agent::HTTP->connect(port => port('http'));
    $c->send($request);
    $c;
} 1 .. 3;

$p->requests($p->requests(0) + 3, 1);
$t->stop('TERM');

my @last = map { JSON::PP::decode_json($_) }
           (split /\n/, $t->read_file('agents.log'))[$before .. $before + 2];

is(join(' ', map { $_->{outcome} } @last), 'cancelled cancelled cancelled',
   'terminated: a record for each');

$t->done_testing();


sub lines {
    return split /\n/, $t->read_file('agents.log');
}


sub record {
    my ($n) = @_;

    wait_until(sub { lines() >= $n });
    return JSON::PP::decode_json((lines())[$n - 1] // '{}');
}
