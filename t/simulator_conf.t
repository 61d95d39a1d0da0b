#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Options of agent_simulator that nginx -t refuses, each with file and line.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my @bad = (
    [ 'openaix', qr/dialect "openaix" is not supported by this build/ ],
    [ 'openai sped=1', qr/"sped=1": unknown option/ ],
    [ 'openai seed', qr/"seed": an option is name=value/ ],
    [ 'openai seed=x', qr/"seed=x": a seed is/ ],
    [ 'openai seed=-1', qr/a seed is/ ],
    [ 'openai seed=1 seed=1', qr/"seed=1": it is duplicate/ ],
    [ 'openai latency=', qr/a time is/ ],
    [ 'openai latency=2h', qr/a time is/ ],
    [ 'openai latency=1x', qr/a time is/ ],
    [ 'openai latency=2s..1s', qr/it is TIME/ ],
    [ 'openai latency=1s..', qr/a time is/ ],
    [ 'openai latency=lognormal:1s', qr/it is TIME/ ],
    [ 'openai latency=lognormal:0,1s', qr/it is TIME/ ],
    [ 'openai latency=lognormal:2s,1s', qr/it is TIME/ ],
    [ 'openai error=1.5', qr/a rate is/ ],
    [ 'openai error=101%', qr/a rate is/ ],
    [ 'openai error=%', qr/a rate is/ ],
    [ 'openai error=0.1:200', qr/a status is/ ],
    [ 'openai error=700', qr/a status is/ ],
    [ 'openai error=0.1:429:sorry', qr/no such error code/ ],
    [ 'openai error=0.6:500 error=0.5:429', qr/more than 1/ ],
    [ 'openai malformed=1:xml', qr/it is RATE/ ],
    [ 'openai truncated=x', qr/a rate is/ ],
    [ 'openai invalid=2', qr/a rate is/ ],
    [ 'openai cut=1 refusal=1', qr/more than 1/ ],
    [ 'openai drip=0/1s', qr/BYTES/ ],
    [ 'openai drip=x/1s', qr/BYTES/ ],
    [ 'openai drip=5/x', qr/a time is/ ],
    [ 'openai size=1m', qr/a size is/ ],
    [ 'openai usage=yes', qr/it is on or off/ ],
    [ 'openai echo=1', qr/it is on or off/ ],
    [ 'openai control=', qr/it is on or off/ ],
    [ 'openai echo=on text=x', qr/exclude each other/ ],
    [ 'openai model=', qr/a model has a name/ ],
    [ 'openai key=', qr/a key is not empty/ ],
    [ 'openai retry_after=soon', qr/a time is/ ],
    [ 'openai ' . 'malformed=0 ' x 17, qr/too many faults/ ],
    [ 'openai; agent_simulator openai', qr/is duplicate/ ],
    [ '', qr/invalid number of arguments/ ],
);

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_simulator_module' ])
    ->has('simulator');

plan(tests => @bad + 2);

for (@bad) {
    my ($options, $expected) = @$_;

    my ($code, $output) = $t->test_config(conf("agent_simulator $options;"));

    ok($code != 0 && $output =~ $expected && $output =~ /nginx\.conf:\d+$/m,
       "refused: $options") or diag($output);
}

my ($code, $output) = $t->test_config(conf(<<'CONF'));
agent_simulator openai seed=7 latency=lognormal:800ms,2500ms
    error=0.5%:429 error=0.01:503:server_is_overloaded error=0.01
    malformed=1%:html malformed=0.001 truncated=0.02 invalid=2% refusal=0
    cut=.01 retry_after=2s drip=1k/50ms size=2k usage=off "text=a b"
    model=a model=b key=k control=on;
CONF

is($code, 0, 'all options') or diag($output);

($code, $output) = $t->test_config(conf('agent_simulator openai;', 'server'));

like($output, qr/directive is not allowed here/, 'only in a location');


sub conf {
    my ($directive, $where) = @_;

    $directive = "location / { $directive }" unless $where;

    return <<"CONF";
%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_http%%;
        $directive
    }
}
CONF
}
