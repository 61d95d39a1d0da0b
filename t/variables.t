#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The $agent_* variables: after the end, before it, and where there is nothing.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my @names = qw/ name alias version digest execution consumer team model
    provider route outcome attempts input_tokens cached_tokens output_tokens
    cost ttft time error /;

my $t = Test::Agent->new();
my $p = Test::Agent::Provider->new($t, 'provider',
    openai_reply('{"decision":"yes"}', usage => { prompt_tokens => 812,
        completion_tokens => 96, cached => 12 }));

my $format = join '', map { "|\$agent_$_" } @names;
my $header = join "\n", map { "add_header X-$_ '<\$agent_$_>' always;" } @names;

site($t, models => [ 'small', 'other' ], http => <<"HTTP", server => <<"SERVER")
    log_format agent '\$status$format';
    access_log %%TESTDIR%%/agent.log agent;
    map \$agent_outcome \$seen { volatile; default <\$agent_outcome>; }
HTTP
        location = /auth {
            agent decide\@draft;
            agent_auth \$http_x_user team=\$http_x_team;
        }

        location = /headers {
            agent decide\@draft;
            $header
            add_header X-Seen \$seen always;
        }

        location = /before {
            agent decide\@draft;
            set \$early "<\$agent_execution\$agent_outcome\$agent_cost>";
            add_header X-Early \$early always;
        }

        location = /page {
            agent decide\@draft;
            agent_auth \$http_x_user;
            error_page 401 = /moved;
        }

        location = /moved { return 299 "moved"; }
SERVER
    ->run();

my $n = 0;


# after the end

my $r = run_agent('{"text":"hi"}');
my %v = logged();

is($v{status}, 200, 'all is well');
is("$v{name} $v{alias} $v{version}", 'decide draft draft', 'the agent');
like($v{digest}, qr/^[0-9a-f]{64}$/, 'digest');
is($v{execution}, $r->header('Agent-Execution'), 'execution');
is("$v{consumer} $v{team}", '- -', 'nobody');
is("$v{model} $v{provider} $v{route}", 'p/small p small', 'who answered');
is($v{outcome}, 'ok', 'outcome');
is($v{attempts}, $r->header('Agent-Attempts'), 'attempts as in the header');
is("$v{input_tokens} $v{cached_tokens} $v{output_tokens} $v{cost}",
   '812 12 96 0.00012812', 'usage');
like($v{ttft}, qr/^\d+\.\d{3}$/, 'ttft');
like($v{time}, qr/^\d+\.\d{3}$/, 'time');
ok($v{ttft} <= $v{time}, 'in this order');
is($v{error}, '-', 'no error');

run_agent('{"text":"hi"}', { 'X-User' => 'shop', 'X-Team' => 'web' },
          uri => '/auth');
%v = logged();
is("$v{consumer} $v{team}", 'shop web', 'consumer and team');

run_agent('{"text":"hi"}', { 'X-User' => 'a b' }, uri => '/auth');
%v = logged();
like($v{consumer}, qr/^h-[0-9a-f]{32}$/, 'a consumer of other letters');


# failures

$p->replies(openai_error(429, 'rate_limit', 'slow'),
            openai_error(500, 'oops', 'oops'));
run_agent('{"text":"hi"}');
%v = logged();

is("$v{status} $v{outcome} $v{error}", '502 failed server_error', 'a failure');
like($v{attempts}, qr{^p/small;outcome=rate_limited;ms=\d+,[ ]
                       p/other;outcome=server_error;ms=\d+$}x, 'all attempts');
is($v{model}, 'p/other', 'the last model');
is("$v{input_tokens} $v{cost} $v{ttft}", '0 0 -', 'no usage');

run_agent('{"tex');
%v = logged();
is("$v{status} $v{outcome} $v{error}", '400 rejected invalid-json',
   'a bad request');
is("$v{name} $v{model} $v{attempts}", 'decide - -', 'without attempts');

run_agent('{"text":"hi"}', {}, uri => '/auth');
%v = logged();
is("$v{status} $v{outcome} $v{error}", '401 rejected unauthenticated',
   'a refusal');
is("$v{name} $v{version} $v{route}", '- - -', 'before the agent was known');

# after an internal redirect the execution is still known

is(run_agent('{"text":"hi"}', {}, uri => '/page')->status, 299, 'error_page');
%v = logged();
is("$v{status} $v{outcome}", '299 rejected', 'the execution behind it');


# in headers, where nearly everything is known

$p->replies(openai_reply('{"decision":"yes"}'));
$r = run_agent('{"text":"hi"}', {}, uri => '/headers');
logged();

is($r->header('X-model'), '<p/small>', 'in a header');
is($r->header('X-cost'), '<0.0000035>', 'the cost');
is($r->header('X-outcome'), '<ok>', 'the outcome');
is($r->header('X-Seen'), '<ok>', 'through a map');

$r = run_agent('{"text":"hi"}', {}, uri => '/before');
logged();
is($r->header('X-Early'), '<>', 'in the rewrite phase there is nothing yet');


# where there is no execution

http_get('/alive');
%v = logged();
is(join('', map { $v{$_} } @names), '-' x @names, 'not found');

http_get('/run');
%v = logged();
is("$v{name} $v{version} $v{attempts} $v{outcome}", 'decide draft - -',
   'the card');

$t->done_testing();


sub logged {
    $n++;
    wait_until(sub { $n <= (() = $t->read_file('agent.log') =~ /\n/g) });

    my %value;
    @value{'status', @names} = split /\|/,
        (split /\n/, $t->read_file('agent.log'))[-1], -1;

    return %value;
}
