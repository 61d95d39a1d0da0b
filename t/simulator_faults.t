#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# What the simulator does wrong on purpose: each fault by its option, by the
# request header, and at its rate.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_simulator_module' ])
    ->has('simulator')->plan(53);

$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%

worker_processes 1;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_http%%;

        location /error/ { agent_simulator openai error=1; }
        location /limited/ {
            agent_simulator openai error=429 retry_after=1500ms;
        }
        location /never/ { agent_simulator openai error=503 retry_after=0; }
        location /invalid/ { agent_simulator openai invalid=1; }
        location /truncated/ { agent_simulator openai truncated=100%; }
        location /malformed/ { agent_simulator openai malformed=1; }
        location /html/ { agent_simulator openai malformed=1:html; }
        location /empty/ { agent_simulator openai malformed=1:empty; }
        location /refusal/ { agent_simulator openai refusal=1; }
        location /cut/ { agent_simulator openai cut=1; }

        location /rates/ {
            agent_simulator openai seed=1 error=10% error=0.1:429
                            malformed=0.1:html truncated=10%;
        }
        location /again/ {
            agent_simulator openai seed=1 error=10% error=0.1:429
                            malformed=0.1:html truncated=10%;
        }
        location /other/ {
            agent_simulator openai seed=2 error=10% error=0.1:429
                            malformed=0.1:html truncated=10%;
        }

        location /control/ { agent_simulator openai control=on error=500; }
        location /deaf/ { agent_simulator openai; }
    }
}
CONF

$t->run();

my %schema = (
    type => 'object',
    required => [ qw/ decision note / ],
    properties => { decision => { enum => [ qw/ yes no / ] },
                    note => { type => 'string' } },
);

my $typed = request(response_format => { type => 'json_schema',
    json_schema => { name => 'x', schema => \%schema } });

# by option

my $r = post('/error');

is($r->status, 500, 'error');
is($r->json->{error}{type}, 'server_error', 'error: type');
like($r->header('x-request-id'), qr/^req_/, 'error: id');
is($r->header('Retry-After'), undef, 'error: no Retry-After');

$r = post('/limited');

is($r->status, 429, 'error=STATUS');
is($r->json->{error}{code}, 'rate_limit_exceeded', 'error=STATUS: code');
is($r->header('Retry-After'), 2, 'retry_after, in whole seconds');
is(post('/never')->header('Retry-After'), undef, 'retry_after=0');

for my $seed (1 .. 10) {
    my $content = content(post('/invalid', $typed =~ s/Hello/Hello $seed/r)
                          ->json);
    my $value = eval { JSON::PP->new->allow_nonref->decode($content) };

    ok(defined $value && !valid($value), 'invalid: JSON of another schema')
        or diag($content);
}

like(content(post('/invalid')->json), qr/^[A-Z].+\.$/,
     'invalid: a text can not be');

$r = post('/truncated', $typed)->json;

is($r->{choices}[0]{finish_reason}, 'length', 'truncated: finish_reason');
ok(!eval { JSON::PP->new->decode(content($r)); 1 }, 'truncated: content');
cmp_ok($r->{usage}{completion_tokens}, '<', length(content($r)) / 4 + 2,
       'truncated: usage');

$r = post('/malformed', $typed);

is($r->status . $r->header('Content-Type'), '200application/json',
   'malformed');
ok($r->complete && length $r->body && !defined $r->json,
   'malformed: no JSON, in full length');

$r = post('/html');
is($r->status . $r->header('Content-Type'), '200text/html', 'malformed: html');
like($r->body, qr/^<html>/, 'malformed: it is');

$r = post('/empty');
is($r->status . $r->header('Content-Length'), '2000', 'malformed: empty');

$r = post('/refusal', $typed)->json->{choices}[0];
is($r->{message}{content}, undef, 'refusal: no content');
like($r->{message}{refusal}, qr/not/, 'refusal: its text');
is($r->{finish_reason}, 'stop', 'refusal: finish_reason');

my $c = $t->connect('http');
$r = $c->request('POST', '/cut/chat/completions', $typed);

ok($r->status == 200 && !$r->complete, 'cut: before the end');
cmp_ok(length $r->body, '>', 0, 'cut: behind the head');
cmp_ok(length $r->body, '<', $r->header('Content-Length'), 'cut: in the body');
ok($c->eof, 'cut: closed');

# at a rate

my @first = outcomes('/rates', 300);
my %count;

$count{$_}++ for @first;

for my $what (qw/ 500 429 html length /) {
    ok($count{$what} > 10 && $count{$what} < 60,
       "at a rate of 10 %: $what") or diag("$count{$what} of 300");
}

ok($count{stop} > 140 && $count{stop} < 220, 'and the rest is well');

is(join(' ', outcomes('/again', 300)), join(' ', @first),
   'the same seed, the same faults');
isnt(join(' ', outcomes('/other', 300)), join(' ', @first),
     'another seed, other faults');

# by header

is(control('')->status, 500, "header: nothing changes the location's fault");
is(control('usage=off')->status, 500, 'header: something else');
is(control('error=0')->status, 200, 'header: a fault replaces it');
is(control('error=429:insufficient_quota')->json->{error}{type},
   'insufficient_quota', 'header: error with a code');
is(control('malformed=1:html')->header('Content-Type'), 'text/html',
   'header: malformed');
is(content(control('error=0  text=hello, world ')->json), 'hello, world',
   'header: text takes the rest');
ok(!exists control(' usage=off error=0')->json->{usage},
   'header: several options');

$r = control('error=x');
is($r->status, 400, 'header: a wrong one');
like($r->json->{error}{message}, qr/a rate is/, 'header: and it is told');
is(control('key=x')->status, 400, "header: what is the configuration's");
is(control('speed=1')->status, 400, 'header: an unknown one');
is(http_post('/deaf/chat/completions', request(), { Simulator => 'error=500' })
   ->status, 200, 'header: not obeyed unless that is on');


sub request {
    my (%fields) = @_;

    return Test::Agent::encode({ model => 'm',
        messages => [ { role => 'user', content => 'Hello' } ], %fields });
}


sub post {
    my ($path, $body) = @_;

    return http_post("$path/chat/completions", $body // request());
}


sub control {
    my ($header) = @_;

    return http_post('/control/chat/completions', request(),
                     { Simulator => $header });
}


sub content { return $_[0]->{choices}[0]{message}{content} }


sub valid {
    my ($value) = @_;

    return ref $value eq 'HASH' && defined $value->{decision}
        && $value->{decision} =~ /^(?:yes|no)$/ && defined $value->{note}
        && !ref $value->{note};
}


# what happened to each of some requests on one connection

sub outcomes {
    my ($path, $n) = @_;

    my $c = $t->connect('http');
    my @outcomes;

    for (1 .. $n) {
        my $r = $c->request('POST', "$path/chat/completions", request());

        push @outcomes, $r->status ne '200' ? $r->status
            : $r->header('Content-Type') eq 'text/html' ? 'html'
            : $r->json->{choices}[0]{finish_reason};
    }

    $c->close();

    return @outcomes;
}
