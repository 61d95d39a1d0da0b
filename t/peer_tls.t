#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# TLS to a provider: what is verified, against what, and that no byte of a
# request is sent to whoever does not pass.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;
use Test::Agent::TLS;

my $t = Test::Agent->new()->has('openssl', 'http_ssl');

my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

# takes connections and never says a word

Test::Agent::Provider->new($t, 'mute', { hang => 0 });

tls_certificates($t, 'provider.test');

# name => [ port, host, more of the provider's block ]

my $trusted = 'ssl_trusted_certificate tls/ca.crt;';
my $client = 'ssl_certificate tls/client.crt; '
    . 'ssl_certificate_key tls/client.key;';

my %providers = (
    good       => [ 'good', 'provider.test', $trusted ],
    tls2       => [ 'tls2', 'provider.test', "$trusted keepalive 0;" ],
    tls3       => [ 'tls3', 'provider.test', "$trusted keepalive 0;" ],
    system     => [ 'good', 'provider.test', '' ],
    othername  => [ 'good', 'other.test', $trusted ],
    address    => [ 'good', '', $trusted ],
    port       => [ 'good', 'provider.test:8443', $trusted ],
    wrong      => [ 'wrong', 'provider.test', $trusted ],
    expired    => [ 'expired', 'provider.test', $trusted ],
    selfsigned => [ 'selfsigned', 'provider.test', $trusted ],
    untrusted  => [ 'untrusted', 'provider.test', $trusted ],
    off        => [ 'selfsigned', 'provider.test', 'ssl_verify off;' ],
    noclient   => [ 'mutual', 'provider.test', $trusted ],
    client     => [ 'mutual', 'provider.test', "$trusted $client" ],
    plain      => [ 'http', 'provider.test', $trusted ],
    mute       => [ 'mute', 'provider.test',
                    "$trusted connect_timeout 300ms;" ],
);

my ($http, $server) = ('', '');

for my $name (sort keys %providers) {
    my ($port, $host, $more) = @{$providers{$name}};

    $host = "host $host;" if $host;

    $http .= "
        agent_provider $name {
            dialect openai;
            pass    https://127.0.0.1:%%PORT_$port%%/v1;
            $host
            model   m;
            $more
        }
        agent_route $name { model $name/m; }
    ";

    $server .= "location = /$name { agent decide\@draft;
                agent_route_default $name; }\n";
}

my $log = 'access_log %%TESTDIR%%/tls.log tls;';

$http .= "log_format tls '\$ssl_protocol \$ssl_session_reused';\n"
    . tls_server('good', 'good', 'provider')
    . tls_server('good', 'tls2', 'provider', 'ssl_protocols TLSv1.2;', $log)
    . tls_server('good', 'tls3', 'provider', 'ssl_protocols TLSv1.3;', $log)
    . tls_server('wrong', 'wrong', 'provider')
    . tls_server('expired', 'expired', 'provider')
    . tls_server('selfsigned', 'selfsigned', 'provider')
    . tls_server('untrusted', 'untrusted', 'provider')
    . tls_server('good', 'mutual', 'provider', 'ssl_verify_client on;',
                 'ssl_client_certificate %%TESTDIR%%/tls/ca.crt;');

site($t, main => 'worker_processes 1;', http => $http,
     server => $server)->run();

# "status outcome" of a call, and whether the provider got anything of it

sub outcome {
    my ($name) = @_;

    my @before = $p->requests();
    my $r = http_post("/$name", '{"text":"secret input"}');
    my @after = $p->requests();

    my ($class) = ($r->header('Agent-Attempts') // '') =~ /outcome=(\w+)/;

    return $r->status . ' ' . ($class // 'none') . ' '
        . (@after - @before) . ' requests';
}


is(outcome('good'), '200 ok 1 requests', 'a good certificate');
is($p->last->{headers}{'x-sni'}, 'provider.test', 'the name is asked for');
is($p->last->{headers}{host}, 'provider.test', 'and the host');
is(outcome('port'), '200 ok 1 requests', 'a host with a port');
is($p->last->{headers}{'x-sni'}, 'provider.test', 'is asked for without');
is($p->last->{headers}{host}, 'provider.test:8443', 'but named with it');

for my $row (
    [ 'othername',  'a certificate for another name' ],
    [ 'address',    'an address, which is no name' ],
    [ 'wrong',      'a certificate for a wrong name' ],
    [ 'expired',    'an expired certificate' ],
    [ 'selfsigned', 'a self-signed certificate' ],
    [ 'untrusted',  'a certificate of an unknown authority' ],
    [ 'plain',      'no TLS there' ],
) {
    is(outcome($row->[0]), '502 tls 0 requests', $row->[1]);
}

SKIP: {
    skip 'the system has no CA certificates', 1
        unless -s '/etc/ssl/certs/ca-certificates.crt';

    is(outcome('system'), '502 tls 0 requests',
       'the system\'s authorities, where none are given');
}

is(outcome('off'), '200 ok 1 requests', 'ssl_verify off');

is(outcome('noclient'), '502 bad_request 0 requests',
   'a client certificate is wanted');
is(outcome('client'), '200 ok 1 requests', 'and shown');
like($p->last->{headers}{'x-client'}, qr/CN=client/, 'ours');

my $r = http_post('/mute', '{"text":"a"}');
like($r->header('Agent-Attempts'), qr/outcome=(?:tls|timeout|connect);/,
     'a handshake that does not come');

# a session is resumed by a new connection, after a whole handshake

for my $n (2, 3) {
    is(outcome("tls$n"), '200 ok 1 requests', "TLS 1.$n");
    is(outcome("tls$n"), '200 ok 1 requests', "TLS 1.$n once more");
}

wait_until(sub { (() = $t->read_file('tls.log') =~ /\n/g) == 4 });
is($t->read_file('tls.log'), "TLSv1.2 .\nTLSv1.2 r\nTLSv1.3 .\nTLSv1.3 r\n",
   'sessions are resumed');

unlike($t->error_log(), qr/secret input/, 'nothing of it in the log');

$t->done_testing();
