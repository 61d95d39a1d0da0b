#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Many schemas, large and hostile ones: the simulator keeps some, forgets the
# others, and refuses what it can't serve without losing its worker.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_simulator_module' ])
    ->has('simulator')->plan(22);

$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%

worker_processes 1;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_http%%;
        client_max_body_size 4m;
        keepalive_requests 10000;

        location / { agent_simulator openai; }
    }
}
CONF

$t->run();

my ($worker) = $t->workers();
my $c = $t->connect('http');

# more schemas than are kept, twice

my @first = map { numbered($_) } 1 .. 150;
my @second = map { numbered($_) } 1 .. 150;

is((grep { $first[$_]->{number} != $_ + 1 } 0 .. 149), 0,
   'each schema has its own answer');
is_deeply(\@second, \@first, 'and has it again, kept or not');

# schemas whose plans would take more than is kept of all

my @large = map { my $n = $_; typed({ enum => [ map { "$n $_" } 1 .. 40000 ] }) }
    1 .. 12;

is((grep { $_->status != 200 } @large), 0, 'large schemas');

for my $n (1 .. 12) {
    like(content($large[$n - 1]), qr/^"$n \d+"$/, "large schema $n");
}

# what it refuses

my %deep = (type => 'string');
%deep = (type => 'array', minItems => 3, items => { %deep }) for 1 .. 30;

refused({ type => 'array', minItems => 2000000 }, 'a list without end');
refused(\%deep, 'a value that doubles at each level');
refused({ '$ref' => '#' }, 'a schema that is itself');
refused({ '$ref' => 'http://example.com/schema' }, 'a schema elsewhere');
refused({ type => 'string', pattern => '(' }, 'a pattern that is none');

is(numbered(7)->{number}, 7, 'and then answers as before');
is(($t->workers())[0], $worker, 'by the same worker');


sub typed {
    my ($schema) = @_;

    return $c->request('POST', '/v1/chat/completions', Test::Agent::encode({
        model => 'm', messages => [ { role => 'user', content => 'Hello' } ],
        response_format => { type => 'json_schema',
            json_schema => { name => 'x', schema => $schema } } }));
}


sub content { return $_[0]->json->{choices}[0]{message}{content} }


sub numbered {
    my ($n) = @_;

    return Test::Agent::decode(content(typed({
        type => 'object', required => [ qw/ number text / ],
        properties => { number => { const => $n },
                        text => { type => 'string' } } })));
}


sub refused {
    my ($schema, $name) = @_;

    my $r = typed($schema);

    ok($r->status == 400
       && $r->json->{error}{param} eq 'response_format'
       && $r->json->{error}{message} =~ /^(?:invalid schema|no value)/,
       "refused: $name") or diag($r);
}
