#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# A route with several models: which is asked when, and what the caller gets
# after mixed failures.

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
my $bad = openai_reply('{"decision":"maybe"}');
my $p = Test::Agent::Provider->new($t, 'provider', $good);

site($t,
    models => [ 'small', 'other' ],
    provider => 'model third; first_byte_timeout 10s;',
    route => 'tries 2; timeout 5s;',
    http => '
        agent_provider dead {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_nobody%%/v1;
            api_key "";
            model   m;
        }
        agent_route dead { model dead/m; model p/other; }
        agent_route all_dead { model dead/m; }
        agent_route one { model p/small; model p/other; tries 1; }
        agent_route halves { model p/small; model p/other;
                             attempt_timeout 200ms; }
    ',
    server => '
        location = /dead { agent decide@draft; agent_route_default dead; }
        location = /all_dead { agent decide@draft;
                               agent_route_default all_dead; }
        location = /one { agent decide@draft; agent_route_default one; }
        location = /halves { agent decide@draft; agent_route_default halves; }
    ',
)->run();

sub attempts {
    my ($r) = @_;
    my $text = $r->header('Agent-Attempts') // '';
    $text =~ s/;ms=\d+//g;
    return $text;
}

$p->replies(openai_error(500, 'x'), $good);
my $r = run_agent('{"text":"a"}');
is($r->status, 200, 'the second model answers');
is(attempts($r), 'p/small;outcome=server_error, p/other;outcome=ok',
   'and both are told');
is($r->header('Agent-Model'), 'p/other', 'Agent-Model');
is($r->header('Agent-Usage'), 'input=10, cached=0, output=5, cost=0.00002',
   'priced as the model that answered');
is_deeply([ map { $_->{json}{model} } $p->requests(2) ], [ qw/ small other / ],
          'each was asked by its name');

for my $case (
    [ 'a broken output, then a good one', [ $bad, $good ], '200',
      'invalid_output ok' ],
    [ 'truncated, then good',
      [ openai_reply('{', finish_reason => 'length'), $good ], '200',
      'truncated ok' ],
    [ 'two broken outputs', [ $bad, $bad ], '502 invalid-output',
      'invalid_output invalid_output' ],
    [ 'broken, then 500', [ $bad, openai_error(500, 'x') ],
      '502 invalid-output', 'invalid_output server_error' ],
    [ '429 and 503', [ openai_error(429, 'x'), openai_error(503, 'x') ],
      '503 unavailable', 'rate_limited overloaded' ],
    [ '429 and 500', [ openai_error(429, 'x'), openai_error(500, 'x') ],
      '502 provider-error', 'rate_limited server_error' ],
    [ '401 and 404', [ openai_error(401, 'x'), openai_error(404, 'x') ],
      '502 provider-error', 'auth not_found' ],
    [ 'too long for both', [ openai_error(413, 'x'), openai_error(413, 'x') ],
      '422 context-overflow', 'context_overflow context_overflow' ],
    [ 'too long for one', [ openai_error(413, 'x'), $good ], '200',
      'context_overflow ok' ],
    [ 'filtered: nobody else is asked',
      [ openai_reply('', finish_reason => 'content_filter'), $good ],
      '422 content-filtered', 'content_filtered' ],
) {
    my ($name, $replies, $expected, $classes) = @$case;

    $p->replies(@$replies);
    my $r = run_agent('{"text":"a"}');

    is($r->status == 200 ? '200' : problem($r), $expected, $name);
    is(join(' ', attempts($r) =~ /outcome=(\w+)/g), $classes,
       "$name: attempts");
}

$p->replies(openai_error(429, 'x', 'x', headers => [ 'Retry-After: 9' ]),
            openai_error(503, 'x', 'x', headers => [ 'Retry-After: 4' ]));
is(run_agent('{"text":"a"}')->header('Retry-After'), 4,
   'the least Retry-After');

$p->replies(openai_error(500, 'x'), $good);
is(problem(run_agent('{"text":"a"}', {}, uri => '/one')), '502 provider-error',
   'tries bounds the attempts');

$p->replies($good);
$r = run_agent('{"text":"a"}', {}, uri => '/dead');
is($r->status, 200, 'a dead provider is passed over');
is(attempts($r), 'dead/m;outcome=connect, p/other;outcome=ok', 'and named');
is(problem(run_agent('{"text":"a"}', {}, uri => '/all_dead')),
   '502 provider-error', 'nobody is left');

$p->replies({ hang => 0 }, $good);
$r = run_agent('{"text":"a"}', {}, uri => '/halves');
is($r->status, 200, 'attempt_timeout leaves time for the next');
is(join(' ', attempts($r) =~ /outcome=(\w+)/g), 'timeout ok', 'as told');

$p->replies({ hang => 0 }, $good);
$r = run_agent('{"text":"a"}', { 'Agent-Timeout' => '500ms' });
is($r->status, 200, 'so does 60 % of what remains');

$p->replies({ hang => 0 }, { hang => 0 });
$r = run_agent('{"text":"a"}', { 'Agent-Timeout' => '500ms' });
is(problem($r), '504 timeout', 'the deadline passed');
is(join(' ', attempts($r) =~ /outcome=(\w+)/g), 'timeout timeout',
   'in the second attempt');

$t->done_testing();
