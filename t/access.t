#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Who may call: agent_auth among nginx's own ways to let in and keep out, and
# the pages that nginx makes in an agent's location.

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
    server => '
        location = /auth {
            agent decide@draft;
            agent_auth $http_x_who team=$http_x_team;
            add_header X-Consumer $agent_consumer always;
            add_header X-Team $agent_team always;
        }
        location = /request {
            auth_request /who;
            auth_request_set $who $http_x_who;
            agent decide@draft;
            agent_auth $who;
            add_header X-Consumer $agent_consumer always;
        }
        location = /who {
            internal;
            return 204;
        }
        location = /denied { agent decide@draft; deny all; }
        location = /any {
            satisfy any;
            allow 127.0.0.1;
            deny all;
            agent decide@draft;
            agent_auth $http_x_who;
        }
        location = /any_denied {
            satisfy any;
            deny all;
            agent decide@draft;
            agent_auth $http_x_who;
        }
        location = /mapped {
            agent decide@draft;
            agent_auth $http_x_who;
            error_page 401 = /login;
            error_page 413 /large.html;
            client_max_body_size 20;
        }
        location = /login { return 200 "log in"; }
        location = /large.html { return 200 "large"; }
        location = /basic {
            auth_basic "here";
            auth_basic_user_file %%TESTDIR%%/htpasswd;
            agent decide@draft;
            agent_auth $remote_user;
        }
    ',
);
$t->write_file('htpasswd', "alice:{PLAIN}secret\n");
$t->run();

my $input = '{"text":"a"}';

my $r = run_agent($input, {}, uri => '/auth');
is(problem($r), '401 unauthenticated', 'nobody');
is($r->header('WWW-Authenticate'), 'Bearer', 'WWW-Authenticate');
is($r->header('x-should-retry'), 'false', 'no retry');

$r = run_agent($input, { 'X-Who' => 'alice', 'X-Team' => 'search' },
               uri => '/auth');
is($r->status, 200, 'somebody');
is($r->header('X-Consumer') . ' ' . $r->header('X-Team'), 'alice search',
   'by name');

$r = run_agent($input, { 'X-Who' => 'CN=Alice, O=Example' }, uri => '/auth');
like($r->header('X-Consumer'), qr/^h-[0-9a-f]{32}$/,
     'a value outside the alphabet is hashed');

is(problem(http_get('/auth')), '401 unauthenticated', 'the card too');

$r = run_agent($input, { 'X-Who' => 'bob' }, uri => '/request');
is($r->status, 200, 'what auth_request found out');
is($r->header('X-Consumer'), 'bob', 'is the consumer');
is(problem(run_agent($input, {}, uri => '/request')), '401 unauthenticated',
   'or nobody');

is(problem(run_agent($input, {}, uri => '/denied')), '403 forbidden', 'deny');

$r = run_agent($input, {}, uri => '/any');
is($r->status, 200, 'satisfy any: by address');
is($r->header('WWW-Authenticate'), undef, 'no WWW-Authenticate is left');
is(run_agent($input, { 'X-Who' => 'x' }, uri => '/any_denied')->status, 200,
   'satisfy any: by agent_auth');
like(problem(run_agent($input, {}, uri => '/any_denied')), qr/^40[13] /,
     'satisfy any: by neither');

is(run_agent($input, {}, uri => '/mapped')->body, 'log in',
   'error_page has the last word');
is(run_agent("$input          ", { 'X-Who' => 'x' }, uri => '/mapped')->body,
   'large',
   'for a body that is too large too');

is(problem(run_agent($input, {}, uri => '/basic')), '401 unauthenticated',
   'auth_basic');
is(run_agent($input, { Authorization => 'Basic YWxpY2U6c2VjcmV0' },
             uri => '/basic')->status, 200, 'with its user as the consumer');

# who was refused is on record, and how

my @records;
wait_until(sub {
    @records = map { JSON::PP::decode_json($_) }
               split /\n/, $t->read_file('agents.log');
    return @records >= 12;
});

is($records[0]{outcome} . ' ' . $records[0]{status}, 'rejected 401',
   'the record of a refusal');
is($records[1]{consumer} . ' ' . $records[1]{team}, 'alice search',
   'the record of an execution');
is(scalar(grep { $_->{outcome} eq 'rejected' && $_->{status} == 401 }
          @records) >= 2, 1, 'each refusal of agent_auth has one');

$t->done_testing();
