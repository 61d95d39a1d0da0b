#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Requests that come before the provider's name was resolved for the first
# time: they wait for the answer, and for nothing else.

package Test::SlowDNS;

our @ISA = 'Test::Agent::DNS';

# answers late, one after the other

sub answer {
    my ($self, $query) = @_;

    my $answer = $self->SUPER::answer($query);
    Time::HiRes::sleep(0.3);

    return $answer;
}


package main;

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::DNS;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();

my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

my $dns = Test::SlowDNS->new($t, 'dns', 'slow.test' => '127.0.0.1');

site($t,
    main => 'worker_processes 1;',
    http => '
        resolver 127.0.0.1:%%UDP_PORT_dns%% ipv6=off;
        agent_provider slow {
            dialect openai;
            pass    http://slow.test:%%PORT_provider%%;
            model   m;
        }
        agent_route slow { model slow/m; }
    ',
    server => 'location = /slow { agent decide@draft;
                                  agent_route_default slow; }',
)->run();

# "n" requests at once, none of which can find the name resolved

sub waiting {
    my ($n, %headers) = @_;

    return map {
        my $c = $t->connect('http');
        $c->send_request('POST', '/slow', '{"text":"a"}', \%headers);
        $c;
    } 1 .. $n;
}


my @clients = waiting(6);

# half of them leave meanwhile

$_->close for splice @clients, 0, 3;

is($_->read_response(method => 'POST')->status, 200, 'waits for the name')
    for @clients;

is(scalar $p->requests(3), 3, 'and no one else is asked for');

my @records;
wait_until(sub {
    @records = grep { $_->{outcome} eq 'ok' }
               map { JSON::PP::decode_json($_) }
               split /\n/, $t->read_file('agents.log');
    return @records == 3;
});

is(scalar(grep { $_->{queue_ms} > 0
                 && $_->{queue_ms} <= $_->{duration_ms} } @records), 3,
   'the wait is on record');

# a deadline that passes before the answer comes

$t->reload();
@clients = waiting(2, 'Agent-Timeout' => '100ms');
is(problem($_->read_response(method => 'POST')), '504 timeout',
   'no longer than the deadline') for @clients;

# a name that does not exist, as told late

$dns->names('slow.test' => 'NXDOMAIN');
$t->reload();
@clients = waiting(2);
like($_->read_response(method => 'POST')->header('Agent-Attempts'),
     qr{^slow/m;outcome=connect}, 'an answer that is none') for @clients;

# a worker that leaves while requests wait serves them first

$dns->names('slow.test' => '127.0.0.1');
$t->reload();
@clients = waiting(2);
ok($t->reload(), 'reload while they wait');
is($_->read_response(method => 'POST')->status, 200, 'the old worker answers')
    for @clients;

$t->done_testing();
