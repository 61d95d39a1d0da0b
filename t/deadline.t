#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Deadlines: of the route, the agent and the caller; the shortest counts, what
# is in flight is cancelled, the client's connection goes on.

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
my $p = Test::Agent::Provider->new($t, 'provider', { hang => 0 });

site($t,
    route => 'timeout 60s;',
    files => {
        'hasty/agent.json' => '{"limits": {"timeout": "150ms"}}',
    },
    server => 'location = /hasty { agent hasty@draft; }',
)->run();

my %json = ('Content-Type' => 'application/json');

# of the caller

my $c = Test::Agent::HTTP->connect(port => port('http'));
my $r = $c->request('POST', '/run', '{"text":"a"}',
                    { %json, 'Agent-Timeout' => '200ms' });

is(problem($r), '504 timeout', 'Agent-Timeout');
like($r->header('Agent-Attempts'), qr/^p\/small;outcome=timeout;ms=\d+$/,
     'its attempt timed out');
ok($p->wait_closed(), 'and was cancelled on the wire');

is($c->request('GET', '/alive')->body, 'alive', 'the connection goes on');

# of the agent

$r = $c->request('POST', '/hasty', '{"text":"a"}', { %json });
is(problem($r), '504 timeout', 'limits.timeout');

# a caller can not make it longer

$r = $c->request('POST', '/hasty', '{"text":"a"}',
                 { %json, 'Agent-Timeout' => '1h' });
is(problem($r), '504 timeout', 'the shortest counts');

# in the middle of the answer

$p->replies({ %$good, hang => 250 });
$r = $c->request('POST', '/run', '{"text":"a"}',
                 { %json, 'Agent-Timeout' => '200ms' });
is(problem($r), '504 timeout', 'in the middle of the body');

$p->replies({ %$good, bytewise => 1, pause => 0.05 });
$r = $c->request('POST', '/run', '{"text":"a"}',
                 { %json, 'Agent-Timeout' => '200ms' });
is(problem($r), '504 timeout', 'a slow drip');

$p->replies($good);
is($c->request('POST', '/run', '{"text":"a"}', { %json })->status, 200,
   'and on');

# a reload lets a waiting execution finish

$p->replies({ %$good, delay => 1.5 });
$c = Test::Agent::HTTP->connect(port => port('http'));
$c->send("POST /run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
         . "Content-Length: 12\r\n\r\n{\"text\":\"a\"}");
$p->requests(6);
ok($t->reload(), 'a reload in between');
is($c->read_response()->body, '{"decision":"yes"}', 'the answer comes');

$t->done_testing();
