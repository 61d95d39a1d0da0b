#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The harness itself: nginx without our modules, in front of the provider.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::Agent;
use Test::Agent::DNS;
use Test::Agent::Provider;
use Test::Agent::TLS;

my $t = Test::Agent->new(modules => [])->has(qw/ http_proxy http_ssl openssl
    curl http_v2 /)->plan(45);

tls_certificates($t, 'provider.test');

$t->write_file_expand('nginx.conf', <<'CONF' . $t->expand(tls_front()) . '}');
%%TEST_GLOBALS%%

worker_processes 1;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    resolver 127.0.0.1:%%UDP_PORT_dns%% ipv6=off valid=1s;
    resolver_timeout 300ms;
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_next_upstream off;

    upstream provider {
        server 127.0.0.1:%%PORT_provider%%;
        keepalive 1;
    }

    server {
        listen 127.0.0.1:%%PORT_http%%;
        listen 127.0.0.1:%%PORT_h2%% http2;

        location / {
            proxy_pass http://provider;
            proxy_set_header Connection "";
            proxy_read_timeout 300ms;
        }

        location /tls/ {
            proxy_pass https://127.0.0.1:$arg_port;
            proxy_ssl_server_name on;
            proxy_ssl_name provider.test;
            proxy_ssl_verify on;
            proxy_ssl_trusted_certificate %%TESTDIR%%/tls/ca.crt;
            proxy_ssl_certificate %%TESTDIR%%/tls/client.crt;
            proxy_ssl_certificate_key %%TESTDIR%%/tls/client.key;
        }

        location /name/ {
            proxy_pass http://$arg_name:%%PORT_provider%%;
        }
    }
CONF

sub tls_front {
    return join '', map { tls_server($_, $_, 'provider',
        'ssl_client_certificate %%TESTDIR%%/tls/ca.crt;',
        'ssl_verify_client on;') } qw/ good wrong expired selfsigned
                                       untrusted /;
}

my $dns = Test::Agent::DNS->new($t, 'dns', 'provider.test' => '127.0.0.1',
                                'bad.test' => 'SERVFAIL');
my $p = Test::Agent::Provider->new($t, 'provider',
    openai_reply('one', headers => [ 'X-A: 1', 'X-A: 2' ]),
    { status => 429, headers => [ 'Retry-After: 1' ], body => 'later' },
    { json => { a => 1 }, chunked => [ 1, 2 ], bytewise => 1 });

$t->run();

# answers by table, and what was recorded of the requests

my $r = http_post('/v1?a=b', "{\"x\":\"\xc3\xa9\"}", { 'X-Key' => 'k' });
is($r->status, 200, 'status');
is($r->json->{choices}[0]{message}{content}, 'one', 'json');
is($r->header('x-a'), '1, 2', 'a header sent twice');
like($r, qr/^HTTP.*x-request-id: req_test/s, 'an answer as text');
ok($r->complete, 'complete');

is(http_get('/')->status, 429, 'second reply');

for (1, 2) {
    $r = http_get('/');
    is($r->body, '{"a":1}', "last reply, $_");
}

my ($first) = $p->requests(4);
is($first->{uri}, '/v1?a=b', 'recorded: uri');
is($first->{headers}{'x-key'}, 'k', 'recorded: header');
is($first->{json}{x}, "\x{e9}", 'recorded: body');
is($p->connections, 1, 'one connection for all');

# keepalive, chunked request, HEAD, 100-continue

my $c = $t->connect('http');
$p->replies({ body => 'x' x 100000 });

$r = $c->request('GET', '/');
is(length $r->body, 100000, 'keepalive, first');
is($c->request('HEAD', '/')->header('Content-Length'), 100000, 'head');
$c->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
         . "Expect: 100-continue\r\n\r\n");
like($c->read_until(qr/\r\n\r\n/), qr/ 100 /, 'continue');
$c->send("3\r\nabc\r\n0\r\n\r\n");
is($c->read_response()->status, 200, 'after 100');
is($p->last(7)->{body}, 'abc', 'chunked body');
$c->close();

# a provider that fails

for my $case (
    [ 'cut in the head', { body => 'x', cut => 10 }, 502 ],
    [ 'reset', { body => 'x', cut => 0, how => 'rst' }, 502 ],
    [ 'no answer', { hang => 0 }, 504 ],
    [ 'raw', { raw => "HTTP/1.0 404 No\r\n\r\nx", keepalive => 0 }, 404 ])
{
    my ($name, $reply, $status) = @$case;

    $p->replies($reply);
    is(http_get('/')->status, $status, $name);
}

$p->replies({ body => 'x' x 100, cut => 'head' });
$r = http_get('/');
ok($r->status == 200 && !$r->complete, 'cut after the head');

$p->replies({ body => 'x' x 100, length => 200, keepalive => 0 });
$r = http_get('/');
ok(length $r->body == 100 && !$r->complete, 'a length that is wrong');

$p->replies({ body => 'abc', length => undef });
$r = http_get('/');
ok($r->body eq 'abc' && $r->complete, 'no length');

$p->replies({ body => 'a' x 10, hang => 5 });
$r = http_get('/');
ok($r->status == 504, 'hangs in its head');

$p->replies({ body => 'abcdef', split => [ 3, 60 ], pause => 0.05,
              delay => 0.05, body_delay => 0.05 });
is(http_get('/')->body, 'abcdef', 'slow');

# a client that leaves

$p->replies({ hang => 0 });
$c = $t->connect('http');
$c->send_request('GET', '/');
my $n = grep { $_->{event} eq 'closed' } $p->events();
$p->requests(17);
$c->reset();
ok($p->wait_closed($n + 1), 'left by reset, closed at the provider');

$c = $t->connect('http');
ok(!$c->eof(0.1), 'connection is open');
$c->send("bad\r\n\r\n");
like($c->read_until(qr/close/), qr/400/, 'refused');
$c->read_until(qr/<\/html>\r\n/);
ok($c->eof(), 'and closed');

# TLS

$p->replies({ body => 'secure' });

for my $name (qw/ good wrong expired selfsigned untrusted /) {
    is(http_get("/tls/?port=" . port($name))->status,
       $name eq 'good' ? 200 : 502, "certificate: $name");
}

is($p->last->{headers}{'x-sni'}, 'provider.test', 'sni');
is($p->last->{headers}{'x-client'}, 'CN=client', 'client certificate');

# names

is(http_get('/name/?name=provider.test')->body, 'secure', 'a name');
is(http_get('/name/?name=bad.test')->status, 502, 'a name that fails');
ok((grep { $_ eq 'bad.test' } $dns->queries()), 'queries are recorded');

# HTTP/2 by curl

my ($answer, $code) = $t->curl('--http2-prior-knowledge',
    'http://127.0.0.1:' . port('h2') . '/');
is($answer->version . ' ' . $answer->body, '2 secure', 'HTTP/2');
is($code, 0, 'exit code of curl');

# reload, logs, a configuration that is wrong

ok($t->reload(), 'reload');
is(http_get('/')->body, 'secure', 'after reload');

my ($exit, $output) = $t->test_config("events { }\nwrong;\n");
ok($exit == 1 && $output =~ /wrong.*:2/, 'nginx -t');
