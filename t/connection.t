#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Connections of clients: several requests on one, sent one by one or all at
# once, with good and bad ends, and what closes them.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();

# answers by the number in the question, so that none can be another's

my $echo = sub {
    my ($q) = @_;
    my $n = Test::Agent::decode($q->{json}{messages}[-1]{content})->{n};

    return openai_error(500, 'x') if $n % 5 == 0;
    return openai_reply("{\"decision\":\"yes\",\"score\":$n}",
                        $n % 3 == 0 ? (body_delay => 0.02) : ());
};

my $good = openai_reply('{"decision":"yes"}');
my $p = Test::Agent::Provider->new($t, 'provider', $echo);

site($t, provider => 'first_byte_timeout 500ms;', server => <<'SERVER')
        client_max_body_size 1k;
        client_body_timeout 1s;
        lingering_timeout 1s;

        location = /auth { agent decide@draft; agent_auth $arg_user; }
        location = /none { agent $arg_name@draft; }
        location = /short { agent decide@draft; keepalive_requests 2; }
        location = /close { agent decide@draft; keepalive_timeout 0; }
SERVER
    ->run();

my @workers = $t->workers();
my $input = '{"text":"a"}';


# pipelining: all requests at once, and the answers in their order

sub request {
    my ($body, %opt) = @_;

    my $headers = join '', map { "$_\r\n" } @{$opt{headers} || []};
    my $uri = $opt{uri} // '/run';
    my $length = length $body;

    return "POST $uri HTTP/1.1\r\nHost: a\r\n"
        . "Content-Type: application/json\r\n${headers}"
        . "Content-Length: $length\r\n\r\n$body";
}


my $c = Test::Agent::HTTP->connect(port => port('http'));

$c->send(join '', map { request("{\"text\":\"a\",\"n\":$_}") } 1 .. 12);

my %ids;

for my $n (1 .. 12) {
    my $r = $c->read_response(method => 'POST');

    if ($n % 5 == 0) {
        is(problem($r), '502 provider-error', "answer $n of 12");

    } else {
        is($r->body, "{\"decision\":\"yes\",\"score\":$n}", "answer $n of 12");
    }

    $ids{$r->header('Agent-Execution')}++;
}

is(keys %ids, 12, 'each is an execution of its own');
is($c->request('POST', '/run', '{"text":"a","n":1}')->status, 200,
   'and the connection goes on');
$c->close;

# split at any place

my $two = request('{"text":"a","n":1}') . request('{"text":"a","n":2}');

for my $at (1, 20, 60, int(length($two) / 2) - 3, int(length($two) / 2),
            int(length($two) / 2) + 3, length($two) - 1)
{
    $c = Test::Agent::HTTP->connect(port => port('http'));
    $c->send(substr $two, 0, $at);
    select undef, undef, undef, 0.01;
    $c->send(substr $two, $at);

    is(join(' ', map { $c->read_response(method => 'POST')->json()->{score} }
                 1 .. 2), '1 2', "two requests, split at $at");
    $c->close;
}

# of other kinds, between them

$c = Test::Agent::HTTP->connect(port => port('http'));

$c->send(request('{"text":"a","n":1}')
         . "GET /alive HTTP/1.1\r\nHost: a\r\n\r\n"
         . "HEAD /run HTTP/1.1\r\nHost: a\r\n\r\n"
         . request('{')
         . "PUT /run HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
         . "GET /run HTTP/1.1\r\nHost: a\r\n\r\n"
         . "POST /run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
         . "Transfer-Encoding: chunked\r\n\r\n"
         . "12\r\n{\"text\":\"a\",\"n\":2}\r\n"
         . "0\r\n\r\n"
         . request('{"text":"a","n":3}'));

is($c->read_response(method => 'POST')->json()->{score}, 1, 'an execution');
is($c->read_response(method => 'GET')->body, 'alive', 'a page');

my $r = $c->read_response(method => 'HEAD');
is($r->status . ' ' . $r->body, '200 ', 'HEAD');

is(problem($c->read_response(method => 'POST')), '400 invalid-json',
   'an input that is none');
is(problem($c->read_response(method => 'PUT')), '405 method-not-allowed',
   'another method');
is($c->read_response(method => 'GET')->json()->{name}, 'decide', 'a card');
is($c->read_response(method => 'POST')->json()->{score}, 2, 'chunks');
is($c->read_response(method => 'POST')->json()->{score}, 3, 'the last');
$c->close;

is(http_head('/run')->header('Content-Length'), length http_get('/run')->body,
   'HEAD tells the length of the card');


# after each error status the connection serves the next request

$p->replies($good);

for my $row (
    [ '200', '200', request($input) ],
    [ '400 json', '400 invalid-json', request('{"text":') ],
    [ '400 header', '400 invalid-header',
      request($input, headers => [ 'Agent-Timeout: x' ]) ],
    [ '401', '401 unauthenticated', request($input, uri => '/auth') ],
    [ '404', '404 unknown-agent', request($input, uri => '/none?name=x') ],
    [ '405', '405 method-not-allowed',
      "DELETE /run HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ '415', '415 unsupported-media-type',
      "POST /run HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" ],
    [ '422', '422 invalid-input', request('{}') ],
    [ '422 filtered', '422 content-filtered', request($input),
      openai_reply('', finish_reason => 'content_filter') ],
    [ '502', '502 provider-error', request($input), { status => 500 } ],
    [ '502 output', '502 invalid-output', request($input),
      openai_reply('{"decision":1}') ],
    [ '502 timeout', '502 provider-error', request($input), { hang => 0 } ],
    [ '502 cut', '502 provider-error', request($input),
      { %$good, cut => 'head' } ],
    [ '503', '503 unavailable', request($input), { status => 503 } ],
    [ '504', '504 timeout',
      request($input, headers => [ 'Agent-Timeout: 100ms' ]), { hang => 0 } ],
) {
    my ($name, $expected, $request, $reply) = @$row;

    $c = Test::Agent::HTTP->connect(port => port('http'));

    for my $turn ('first', 'again') {
        $p->replies($reply || $good, $good);
        $c->send($request);

        $r = $c->read_response(method => $request =~ /^(\w+)/);
        is($r->status == 200 ? '200' : problem($r), $expected, "$name, $turn");
        ok($r->complete, "$name, $turn, whole");
        is($r->header('Connection'), 'keep-alive', "$name, $turn, it stays");

        $p->replies($good);
        $c->send(request($input));
        is($c->read_response(method => 'POST')->status, 200,
           "$name, $turn, the next");
    }

    $c->close;
}


# what ends a connection

sub closed {
    my ($name, $request, $status, %opt) = @_;

    my $c = Test::Agent::HTTP->connect(port => port('http'));

    $c->send($request);
    my $r = $c->read_response(method => 'POST');

    is($r->status, $status, "$name, answered");
    ok($r->complete, "$name, whole");
    is($r->header('Connection'), 'close', "$name, Connection");
    ok($c->eof(), "$name, closed");
    $c->close;
}


closed('Connection: close', request($input, headers => [ 'Connection: close' ]),
       200);
closed('close, a problem', request('{', headers => [ 'Connection: close' ]),
       400);
closed('HTTP/1.0', "POST /run HTTP/1.0\r\nContent-Type: application/json\r\n"
       . "Content-Length: 12\r\n\r\n$input", 200);
closed('keepalive_timeout 0', request($input, uri => '/close'), 200);
closed('413', request('x' x 2000), 413);
closed('413 in chunks', "POST /run HTTP/1.1\r\nHost: a\r\n"
       . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
       . "fff\r\n" . 'x' x 4095 . "\r\n0\r\n\r\n", 413);
closed('a bad chunk', "POST /run HTTP/1.1\r\nHost: a\r\n"
       . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
       . "zz\r\n", 400);

$c = Test::Agent::HTTP->connect(port => port('http'));
is($c->request('POST', '/short', $input)->header('Connection'), 'keep-alive',
   'the first of two');
is($c->request('POST', '/short', $input)->header('Connection'), 'close',
   'the second of two');
ok($c->eof(), 'and that is all');


# a body that is refused before it came is read off, and no request of its own

$c = Test::Agent::HTTP->connect(port => port('http'));
$c->send("PUT /run HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
is($c->read_response(method => 'PUT')->status, 405, 'a body not yet there');

my $smuggled = request($input);
$c->send($smuggled . ' ' x (900 - length $smuggled));
$c->send("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n");
is($c->read_response()->body, 'alive', 'is no request when it comes');
$c->close;

$c = Test::Agent::HTTP->connect(port => port('http'));
$c->send("POST /run HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
is($c->read_response(method => 'POST')->status, 413, 'one that is too long');
$c->send($smuggled x 10);
is($c->read_until(qr/HTTP/, 0.3), '', 'is no request either');
$c->close;


# a half-closed connection is a client that left

$c = Test::Agent::HTTP->connect(port => port('http'));
$c->send(request($input));
is($c->read_response(method => 'POST')->status, 200, 'a client');
$c->shutdown;
ok($c->eof(), 'that says it is done');

is(run_agent($input)->status, 200, 'and at the end all is well');
is_deeply([ $t->workers() ], \@workers, 'the same workers');

$t->done_testing();
