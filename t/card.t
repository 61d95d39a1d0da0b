#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# GET: the card, the OpenAPI document, and what is below a prefix location.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();
my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

site($t,
    files => { 'plain/agent.json' => '{}' },
    server => '
        location /slash/ { agent decide@draft; }
        location /bare { agent decide@draft; }
        location = /plain { agent plain@draft; }
        location ~ ^/named/(?<name>.+)$ { agent $name@draft; }
    ',
)->run();

my $r = http_get('/run');
my $card = $r->json;

is($r->status . ' ' . $r->header('Content-Type'), '200 application/json',
   'the card');
is_deeply([ sort keys %$card ],
          [ qw/ description input_schema name output_schema version / ],
          'its members');
is("$card->{name} $card->{version}", 'decide draft', 'name and version');
is($card->{output_schema}{properties}{decision}{enum}[1], 'no', 'a schema');
is($r->header('Cache-Control'), 'no-store', 'not to be cached');

my $head = http_head('/run');
is($head->status . ' ' . $head->header('Content-Length'),
   '200 ' . length $r->body, 'HEAD');
is($head->body, '', 'without a body');

$card = http_get('/plain')->json;
is_deeply($card->{input_schema}{required}, [ 'text' ], 'the default input');
ok(!exists $card->{output_schema}, 'a text agent has no output schema');
ok(!exists $card->{description}, 'nor this one a description');

# a prefix location

my $doc = http_get('/slash/openapi.json')->json;
is($doc->{openapi}, '3.1.0', 'OpenAPI');
is_deeply([ keys %{$doc->{paths}} ], [ '/slash/' ], 'its path');
ok($doc->{paths}{'/slash/'}{post}{requestBody}{content}{'application/json'}
       {schema}{properties}{text}, 'its input');

is(http_get('/slash/')->json->{name}, 'decide', 'the location itself');
is(http_get('/bare')->json->{name}, 'decide', 'also without a slash');
is(http_get('/bare/')->json->{name}, 'decide', 'or with one');
is(http_get('/bare/openapi.json')->status, 200, 'its document');

for my $uri (qw{ /slash/x /slash/openapi.json/ /slash/openapi /bare/x /barely
                 /bareopenapi.json /slash//openapi.jsonx })
{
    is(problem(http_get($uri)), '404 not-found', $uri);
    is(problem(run_agent('{"text":"a"}', {}, uri => $uri)), '404 not-found',
       "POST $uri");
}

is(run_agent('{"text":"a"}', {}, uri => '/slash/')->status, 200,
   'POST to the prefix');
is(problem(run_agent('{"text":"a"}', {}, uri => '/slash/openapi.json')),
   '405 method-not-allowed', 'POST to the document');

# a name from a variable

is(http_get('/named/decide')->json->{name}, 'decide', 'an agent by variable');
is(run_agent('{"text":"a"}', {}, uri => '/named/decide')->status, 200,
   'and its execution');

for my $name ('nobody', 'Decide', 'decide/agent.json',
              'schemas', '.git', 'a' x 64, 'decide@draft')
{
    is(problem(http_get("/named/$name")), '404 unknown-agent',
       "no agent \"" . substr($name, 0, 20) . '"');
}

is(problem(run_agent('{"text":"a"}', {}, uri => '/named/nobody')),
   '404 unknown-agent', 'nor for POST');

$t->done_testing();
