#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# A typed call from end to end: what goes out, what comes back, what is told.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();

my $p = Test::Agent::Provider->new($t, 'provider', openai_reply(
    '{"decision": "yes",
      "score": 0.970, "id": 12345678901234567890123, "note": "a\u00e9\"b"}',
    usage => { prompt_tokens => 812, completion_tokens => 96, cached => 12 }));

site($t)->run();

my $r = run_agent('{"text": "hi", "n": 1.50}');

is($r->status, 200, 'an answer');
is($r->header('Content-Type'), 'application/json', 'its type');
is($r->body, '{"decision":"yes","score":0.970,"id":12345678901234567890123,'
   . '"note":"a\u00e9\"b"}', "the model's own text without white space");
is($r->header('Content-Length'), length $r->body, 'its length');

like($r->header('Agent-Execution'),
     qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
     'Agent-Execution');
like($r->header('Agent-Version'),
     qr/^decide\@draft;v=draft;digest=[0-9a-f]{8}$/, 'Agent-Version');
is($r->header('Agent-Model'), 'p/small', 'Agent-Model');
is($r->header('Agent-Usage'),
   'input=812, cached=12, output=96, cost=0.00012812', 'Agent-Usage');
like($r->header('Agent-Attempts'), qr/^p\/small;outcome=ok;ms=\d+$/,
     'Agent-Attempts');
is($r->header('Cache-Control'), 'no-store', 'Cache-Control');
is($r->header('X-Request-Id'), undef, 'no header of the provider');

my $q = $p->last;

is("$q->{method} $q->{uri}", 'POST /v1/chat/completions', 'the request line');
is($q->{headers}{'content-type'}, 'application/json', 'its type');
is($q->{headers}{'accept-encoding'}, 'identity', 'no encoding is asked for');
is($q->{headers}{host}, '127.0.0.1:' . $p->port, 'its host');
like($q->{headers}{traceparent}, qr/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/,
     'a trace begins here');
is($q->{json}{model}, 'small', 'the model');
is_deeply($q->{json}{messages}, [
    { role => 'system', content => "Decide.\n" },
    { role => 'user', content => '{"text":"hi","n":1.50}' } ],
    'the messages: numbers as written, no white space');
is($q->{json}{response_format}{type}, 'json_schema', 'structured output');

# a trace that goes on, tags, a connection that is used again

my $trace = '4bf92f3577b34da6a3ce929d0e0e4736';

$r = run_agent('{"text":"hi"}', {
    traceparent => "00-$trace-00f067aa0ba902b7-01",
    'Agent-Tags' => 'project=checkout, user=42',
    'Agent-Timeout' => '5s' });

is($r->status, 200, 'with all request headers');
like($p->last->{headers}{traceparent}, qr/^00-$trace-[0-9a-f]{16}-01$/,
     'the trace goes on, with a span of its own');
unlike($p->last->{headers}{traceparent}, qr/00f067aa0ba902b7/, 'not the old');
is($p->connections, 1, 'both on one connection to the provider');

my $c = Test::Agent::HTTP->connect(port => port('http'));
my %json = ('Content-Type' => 'application/json');

for my $n (1 .. 3) {
    is($c->request('POST', '/run', '{"text":"hi"}', { %json })->status, 200,
       "request $n on one connection of the client");
}

$c->close;

wait_until(sub { my $n = () = $t->read_file('agents.log') =~ /\n/g; $n == 5 });
my @lines = split /\n/, $t->read_file('agents.log');

is(@lines, 5, 'a record for each execution');

$t->done_testing();
