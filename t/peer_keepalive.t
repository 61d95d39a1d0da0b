#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Connections to a provider: which are kept for how many attempts, which are
# never used again.

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
my $slow = openai_reply('{"decision":"yes"}', delay => 0.2);

my $p = Test::Agent::Provider->new($t, 'provider', $good);

site($t,
    main => 'worker_processes 1;',
    provider => 'keepalive 2;',
    http => '
        agent_provider one {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_provider%%;
            model   m;
            keepalive 1;
        }

        agent_provider none {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_provider%%;
            model   m;
            keepalive 0;
        }

        upstream pool {
            server 127.0.0.1:%%PORT_provider%% max_fails=0;
            keepalive 2;
        }

        agent_provider block {
            dialect openai;
            pass    http://pool/base;
            model   m;
        }

        agent_route one { model one/m; }
        agent_route none { model none/m; }
        agent_route block { model block/m; }
    ',
    server => join('', map {
        "location = /$_ { agent decide\@draft; agent_route_default $_; }\n"
    } qw/ one none block /),
)->run();

# asks, and tells how many connections were made for it

sub made {
    my ($n, %opt) = @_;

    my $before = $p->connections();

    my @clients = map {
        my $c = $t->connect('http');
        $c->send_request('POST', $opt{uri} || '/run', '{"text":"a"}');
        $c;
    } 1 .. $n;

    for my $c (@clients) {
        my $r = $c->read_response(method => 'POST');

        is($r->status, $opt{status} || 200, "$opt{name}: the answer");
        is($r->header('Agent-Attempts') =~ tr/,//, 0, "$opt{name}: one attempt")
            if $r->status == 200;
        $c->close;
    }

    return $p->connections() - $before;
}


is(made(1, name => 'first'), 1, 'the first connects');
is(made(1, name => 'second'), 0, 'the second does not');

# two at a time, then again

$p->replies($slow);
is(made(2, name => 'two'), 1, 'two at a time need one more');
is(made(2, name => 'two again'), 0, 'and both are kept');

# no more than are to be kept

my @closed = grep { $_->{event} eq 'closed' } $p->events();
is(made(3, name => 'three'), 1, 'three need one more');
ok($p->wait_closed(@closed + 1), 'of which one is closed');
is(made(2, name => 'two of three'), 0, 'two are kept');

# providers share nothing

$p->replies($good);
is(made(1, uri => '/one', name => 'another provider'), 1,
   'another provider has connections of its own');
is(made(1, uri => '/one', name => 'another provider again'), 0,
   'and keeps them');

is(made(1, uri => '/none', name => 'keepalive 0'), 1, 'keepalive 0 connects');
is($p->last->{headers}{connection}, 'close', 'and says so');
is(made(1, uri => '/none', name => 'keepalive 0 again'), 1, 'each time');

is(made(1, uri => '/block', name => 'an upstream block'), 1,
   'an upstream block has its own');
is($p->last->{uri}, '/base/chat/completions', 'with the base path');
is($p->last->{headers}{host}, 'pool', 'and its name as host');
is(made(1, uri => '/block', name => 'an upstream block again'), 0,
   'and keeps them as it says');

# what is not kept

sub raw {
    my ($body, $version) = @_;

    return 'HTTP/' . ($version // '1.1') . " 200 OK\r\n"
        . "Content-Type: application/json\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}


my $whole = raw($good->{body});

for my $row (
    [ 'closed by the provider',
      openai_reply('{"decision":"yes"}', keepalive => 0) ],
    [ 'of no known length',
      openai_reply('{"decision":"yes"}', length => undef) ],
    [ 'HTTP/1.0', { raw => raw($good->{body}, '1.0') } ],
    [ 'with bytes behind it', { raw => "${whole}HTTP/1.1 200 OK\r\n" } ],
) {
    my ($name, $reply) = @$row;

    $p->replies($reply, $good);

    made(1, uri => '/one', name => $name);
    is(made(1, uri => '/one', name => "$name, next"), 1,
       "an answer $name: the next one connects");
}

# bytes that come later: an answer that nobody asked for meets nobody

my $forged = raw(openai_answer('{"decision":"no"}'));

@closed = grep { $_->{event} eq 'closed' } $p->events();

$p->replies({ raw => $whole . $forged, split => [ length $whole ],
              pause => 0.1 }, $good);

made(1, uri => '/one', name => 'a second answer');
ok($p->wait_closed(@closed + 1), 'a second answer closes the connection');
is(http_post('/one', '{"text":"a"}')->body, '{"decision":"yes"}',
   'and is nobody else\'s');

# an idle connection that the provider closes is not used

$p->replies({ raw => $whole, cut => length $whole }, $good);

made(1, uri => '/one', name => 'closed when idle');
is(made(1, uri => '/one', name => 'closed when idle, next'), 1,
   'an idle connection that ends is forgotten');

# a client that leaves in mid-answer takes its connection with it

@closed = grep { $_->{event} eq 'closed' } $p->events();
$p->replies({ %$good, hang => 'head' }, $good);

my $before = () = $p->requests();
my $c = $t->connect('http');
$c->send_request('POST', '/one', '{"text":"a"}');
$p->requests($before + 1);
$c->close();

ok($p->wait_closed(@closed + 1), 'a client that leaves closes it');
is(made(1, uri => '/one', name => 'after a client that left'), 1,
   'the next one connects');

# workers that leave close theirs; nginx alerts of sockets left open

@closed = grep { $_->{event} eq 'closed' } $p->events();
ok($t->reload(), 'reload');
ok($p->wait_closed(@closed + 4), 'the old worker closes its idle connections');
is(made(1, name => 'after the reload'), 1, 'the new one has its own');

$t->done_testing();
