#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# nginx -t: what is wrong with agents, routes and who may call them is one
# line, with the file and line of it.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_module' ]);
my $dir = $t->testdir;

mkdir "$dir/agents";
mkdir "$dir/agents/$_" for qw/ decide routed /;
$t->write_file('agents/decide/agent.json', '{}');
$t->write_file('agents/routed/agent.json', '{"route": "nowhere"}');

sub conf {
    my (%part) = @_;

    my $route = $part{route} // 'model p/small;';
    my $location = $part{location}
                   // 'agent decide@draft; agent_auth off;';

    return <<"CONF";
%%TEST_GLOBALS%%
events {}
http {
    %%TEST_GLOBALS_HTTP%%
    agent_provider p { dialect openai; pass http://127.0.0.1:1/v1; api_key "";
                       model small; }
agent_route small { $route }
    @{[ $part{default} // 'agent_route_default small;' ]}
    @{[ $part{http} // '' ]}
    server {
        listen 127.0.0.1:%%PORT_http%%;
@{[ $part{server} // '' ]}
        location /run {
$location
        }
    }
}
CONF
}

my ($status, $output) = $t->test_config(conf());
is($status, 0, 'a good configuration') or diag($output);
unlike($output, qr/\[(warn|error|emerg)\]/, 'without a warning');

my @cases = (
    [ 'no such draft', { location => 'agent nobody@draft;' },
      qr/"nobody\@draft"|agent "nobody"/ ],
    [ 'a bad name', { location => 'agent No_Body@draft;' },
      qr/invalid agent name "No_Body"/ ],
    [ 'a version', { location => 'agent decide@production;' },
      qr/not supported by this build.*agent decide\@draft/ ],
    [ 'no version', { location => 'agent decide;' },
      qr/not supported by this build.*agent decide\@draft/ ],
    [ 'a variable version', { location => 'agent decide@$arg_a;' },
      qr/not supported by this build/ ],
    [ 'twice', { location => 'agent decide@draft; agent decide@draft;' },
      qr/"agent" directive is duplicate/ ],
    [ 'an unknown variable', { location => 'agent $nothing@draft;' },
      qr/unknown "nothing" variable/ ],
    [ 'no route', { default => '' }, qr/"decide\@draft".*no "route"/ ],
    [ 'an unknown default', { default => 'agent_route_default big;' },
      qr/unknown route "big"/ ],
    [ 'an unknown route in agent.json',
      { location => 'agent routed@draft; agent_auth off;' },
      qr/agent\.json.*unknown route "nowhere"/ ],
    [ 'an unknown model', { route => 'model p/big;' },
      qr/unknown model "p\/big" in route "small"/ ],
    [ 'an unknown provider', { route => 'model q/small;' },
      qr/unknown model "q\/small"/ ],
    [ 'a model without provider', { route => 'model small;' },
      qr/must be "provider\/model"/ ],
    [ 'no model', { route => '' }, qr/route "small" has no "model"/ ],
    [ 'a duplicate route', { http => 'agent_route small { model p/small; }' },
      qr/duplicate route "small"/ ],
    [ 'a bad route name', { http => 'agent_route A { model p/small; }' },
      qr/invalid route name "A"/ ],
    [ 'an unknown key', { route => "model p/small;\n retries 2;" },
      qr/unknown key "retries" in "agent_route"/ ],
    [ 'weights', { route => 'model p/small weight=3;' },
      qr/"weight", which is not supported by this build/ ],
    [ 'another parameter', { route => 'model p/small big=3;' },
      qr/unknown parameter "big=3"/ ],
    [ 'backoff', { route => 'model p/small; backoff 1s 2s;' },
      qr/"backoff" in "agent_route" is not supported by this build/ ],
    [ 'breaker', { route => 'model p/small; breaker fails=3;' },
      qr/not supported by this build/ ],
    [ 'hedge', { route => 'model p/small; hedge p95;' },
      qr/"hedge".*not supported by this build/ ],
    [ 'a later policy', { route => 'model p/small; policy cheapest;' },
      qr/policy "cheapest" is not supported by this build/ ],
    [ 'an unknown policy', { route => 'model p/small; policy best;' },
      qr/unknown policy "best"/ ],
    [ 'no time', { route => 'model p/small; timeout soon;' },
      qr/"timeout" in "agent_route" must be a time/ ],
    [ 'twice a time', { route => 'model p/small; timeout 1s; timeout 2s;' },
      qr/"timeout" in "agent_route" is duplicate/ ],
    [ 'no tries', { route => 'model p/small; tries 0;' },
      qr/"tries".*greater than zero/ ],
    [ 'too many tries', { route => 'model p/small; tries 17;' },
      qr/"tries".*not be greater than 16/ ],
    [ 'two values', { route => 'model p/small; tries 1 2;' },
      qr/invalid number of values of "tries"/ ],
    [ 'auth by keys', { location => 'agent decide@draft; agent_auth keys;' },
      qr/"keys" is not supported by this build/ ],
    [ 'auth by a word', { location => 'agent decide@draft; agent_auth me;' },
      qr/must be "off" or a variable/ ],
    [ 'another parameter of auth',
      { location => 'agent decide@draft; agent_auth $remote_addr who=$a;' },
      qr/must be "team=\$variable"/ ],
    [ 'a team without auth',
      { location => 'agent decide@draft; agent_auth off team=$arg_a;' },
      qr/takes no parameters with "off"/ ],
    [ 'headers', { location => 'agent decide@draft; agent_headers some;' },
      qr/invalid value "some"/ ],
    [ 'drafts twice', { http => 'agent_drafts a; agent_drafts b;' },
      qr/"agent_drafts" directive is duplicate/ ],
);

for my $case (@cases) {
    my ($name, $part, $expected) = @$case;
    my ($status, $output) = $t->test_config(conf(%$part));
    my @lines = grep { /\[emerg\]/ } split /\n/, $output;

    isnt($status, 0, $name);
    is(scalar @lines, 1, "$name: one line") or diag($output);
    like($lines[0] // '', $expected, "$name: the message");

    # nginx's own messages about variables have no place

    like($lines[0] // '', qr/ in \S+nginx\.conf:\d+$/, "$name: its place")
        unless $lines[0] =~ /unknown "\w+" variable/;
}

($status, $output) = $t->test_config(conf(location => 'agent decide@draft;'));
is($status, 0, 'without agent_auth');
like($output, qr/\[warn\].*"decide\@draft" has no "agent_auth".*conf:\d+/,
     'a warning');

# no agent anywhere: nothing of it runs

$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%
events {}
http {
    %%TEST_GLOBALS_HTTP%%
    server {
        listen 127.0.0.1:%%PORT_http%%;
        location / { return 200 "no agent"; }
        location /none { return 404; }
    }
}
CONF
$t->run();
is(http_get('/')->body, 'no agent', 'a configuration without agents');
like(http_get('/none')->body, qr/<html>/, "keeps nginx's pages");

$t->done_testing();
