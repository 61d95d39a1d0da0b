#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# An agent's location among nginx's other ways to get to a location, to leave
# one and to change one: "if", "limit_except", "satisfy", locations in
# locations, "rewrite", "try_files", "error_page", "auth_request".

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new()->has('http_auth_request');
my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

site($t, files => {
        'other/agent.json' => '{"description": "Another."}',
        'other/prompt.md' => "Another.\n",
    }, server => <<'SERVER')
        location = /if {
            agent decide@draft;
            agent_auth $arg_user;

            if ($arg_set) { set $x 1; }
            if ($arg_refuse) { return 403; }
            if ($arg_elsewhere) { return 302 /alive; }
            if ($arg_nested) { set $x 1; add_header X-Nested 1; }
            if ($arg_proxy) { proxy_pass http://127.0.0.1:%%PORT_provider%%; }
        }

        location = /if_header {
            agent decide@draft;
            if ($http_x_a) { add_header X-If 1 always; }
        }

        location = /get {
            agent decide@draft;
            agent_auth $arg_user;
            limit_except GET { deny all; }
        }

        location = /post {
            agent decide@draft;
            agent_auth $arg_user;
            limit_except POST { deny all; }
        }

        location = /limited {
            agent decide@draft;
            agent_auth $arg_user;
            limit_except GET { allow 127.0.0.1; deny all; }
        }

        location = /satisfy {
            agent decide@draft;
            agent_auth $arg_user;
            satisfy any;
            limit_except GET { allow 127.0.0.1; deny all; }
        }

        location /outer {
            agent decide@draft;
            location /outer/inner { agent other@draft; }
            location /outer/alive { return 200 "inner"; }
            location ~ ^/outer/re/(?<name>\w+)$ { agent $name@draft; }
        }

        location = /rewritten { rewrite ^ /run last; }
        location = /rewritten_args { rewrite ^ /if?user=a last; }
        location = /broken { rewrite ^ /other break; agent decide@draft; }
        location = /tried { try_files /nothing /run; }
        location = /named { try_files /nothing @agent; }
        location @agent { agent decide@draft; }

        location = /missing { root /nonexistent; error_page 404 = @agent; }
        location = /gone { root /nonexistent; error_page 404 = /run; }
        location = /upstream {
            proxy_pass http://127.0.0.1:1;
            error_page 502 = @agent;
        }
        location = /upstream_large {
            proxy_pass http://127.0.0.1:1;
            client_body_buffer_size 1k;
            error_page 502 = @agent;
        }
        location = /twice {
            agent decide@draft;
            agent_auth $arg_user;
            error_page 401 = @agent;
        }
        location = /to_page {
            agent decide@draft;
            agent_auth $arg_user;
            error_page 401 = /alive;
        }

        location = /allowed { auth_request /run; return 200 "allowed"; }
        location = /by_agent { auth_request /run; agent other@draft; }
        location = /unknown { auth_request /run/unknown; agent other@draft; }
        location /run/ { agent $arg_name@draft; }

        location = /index/ { index x; agent decide@draft; }
        location /static/ { internal; agent decide@draft; }
SERVER
    ->run();

my @workers = $t->workers();
my $input = '{"text":"a"}';

sub answer {
    my ($r) = @_;

    return problem($r) if ($r->header('Content-Type') // '') =~ /problem/;
    return $r->status . ' ' . $r->body if $r->body !~ /^\{/;

    my $doc = $r->json();

    return $r->status . ' ' . ($doc->{name} ? "card of $doc->{name}"
                                            : $r->body);
}


sub post { return answer(run_agent($_[1] || $input, {}, uri => $_[0])) }

sub get { return answer(http_get($_[0])) }


my $yes = '200 {"decision":"yes"}';

for my $row (
    [ 'if', '/if?user=a&set=1', $yes, '200 card of decide' ],
    [ 'if, nobody', '/if?set=1', ('401 unauthenticated') x 2 ],
    [ 'if, a header', '/if?user=a&nested=1', $yes, '200 card of decide' ],
    [ 'if, refused', '/if?refuse=1', ('403 forbidden') x 2 ],

    [ 'limit_except, denied', '/get?user=a', '403 forbidden',
      '200 card of decide' ],
    [ 'limit_except, GET is denied', '/post?user=a', $yes, '403 forbidden' ],
    [ 'limit_except, allowed', '/limited?user=a', $yes, '200 card of decide' ],
    [ 'limit_except, nobody', '/limited', ('401 unauthenticated') x 2 ],

    [ 'an outer location', '/outer', $yes, '200 card of decide' ],
    [ 'an inner one', '/outer/inner', '422 invalid-output',
      '200 card of other' ],
    [ 'an inner one that is none', '/outer/alive', ('200 inner') x 2 ],
    [ 'a captured name', '/outer/re/decide', $yes, '200 card of decide' ],
    [ 'another name', '/outer/re/nobody', ('404 unknown-agent') x 2 ],
    [ 'what is not there', '/outer/x', '404 not-found', '404 not-found' ],

    [ 'rewrite', '/rewritten', $yes, '200 card of decide' ],
    [ 'rewrite with arguments', '/rewritten_args', $yes,
      '200 card of decide' ],
    [ 'rewrite, break', '/broken', $yes, '200 card of decide' ],
    [ 'try_files', '/tried', $yes, '200 card of decide' ],
    [ 'try_files, a named location', '/named', $yes, '200 card of decide' ],
    [ 'error_page, a named location', '/missing', $yes,
      '200 card of decide' ],
    [ 'error_page, a path makes it a GET', '/gone',
      ('200 card of decide') x 2 ],
    [ 'error_page of a proxy', '/upstream', $yes, '200 card of decide' ],
    [ 'error_page of an agent, to another', '/twice', $yes,
      '200 card of decide' ],
    [ 'error_page of an agent, to a page', '/to_page', ('200 alive') x 2 ],

    [ 'auth_request', '/allowed', ('200 allowed') x 2 ],
    [ 'an internal location', '/static/', ('404 not-found') x 2 ],
) {
    my ($name, $uri, $post, $get) = @$row;

    # the other agent answers text

    $post = $yes if $post eq '422 invalid-output';

    is(post($uri), $post, "$name, POST");
    is(get($uri), $get, "$name, GET");
}

is(http_get('/if?user=a&elsewhere=1')->status, 302, 'if, elsewhere');
is(run_agent($input, {}, uri => '/if?proxy=1')->header('Agent-Execution'),
   undef, 'if, to a proxy');
is(run_agent($input, { 'X-A' => 1 }, uri => '/if_header')->header('X-If'), 1,
   'what an if adds');
is(run_agent('{}', { 'X-A' => 1 }, uri => '/if_header')->header('X-If'), 1,
   'and to a problem');

is(post('/by_agent'), $yes, 'an agent that a card lets in');
is(problem(run_agent($input, {}, uri => '/unknown')), '500 internal',
   'an agent that is none can not let in');

# a body that another location has read

my $long = Test::Agent::encode({ text => 'x' x 5000 });

is(post('/upstream', $long), $yes, 'a longer body, read before');
like(post('/upstream_large', $long), qr/^(?:\Q$yes\E|500 internal)$/,
     'one in a file');

is(post('/if?user=a&set=1', '{'), '400 invalid-json', 'problems too');
is(post('/run'), $yes, 'and at the end all is well');
is_deeply([ $t->workers() ], \@workers, 'the same workers');

# the record: one of each POST that an agent has run

my $n = grep { $_->{uri} =~ /^\/v1/ } $p->requests();
my @records = map { "$_->{outcome} $_->{status}" } $t->json_lines('agents.log');

is((scalar grep { $_ eq 'ok 200' } @records), $n,
   'a record for each execution');

$t->done_testing();
