#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# What a client may send by mistake or on purpose.  The provider must never
# hear of any of it, and the worker must serve on.

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

site($t, server => 'client_max_body_size 1m;')->run();

my @workers = $t->workers();

my $deep = '{"text":' . '[' x 100_000;
my $big_number = '{"text":"a","n":' . '1' x 500_000 . '}';
my $big_key = '{"' . 'k' x 500_000 . '":1}';
my $many = '{' . join(',', map { "\"k$_\":1" } 1 .. 20_000) . '}';

for my $case (
    [ 'empty', '', '400 invalid-json', qr/empty/ ],
    [ 'white space', " \n ", '400 invalid-json', qr/line 2, column/ ],
    [ 'not JSON', 'hello', '400 invalid-json', qr/line 1, column 1/ ],
    [ 'trailing text', '{"text":"a"} x', '400 invalid-json',
      qr/line 1, column 14/ ],
    [ 'trailing comma', '{"text":"a",}', '400 invalid-json', qr/column 13/ ],
    [ 'duplicate keys', "{\"text\":\"a\",\n \"text\":\"b\"}",
      '400 invalid-json', qr/line 2.*duplicate.*text/ ],
    [ 'duplicate keys, one escaped', '{"text":"a","t\u0065xt":"b"}',
      '400 invalid-json', qr/duplicate/ ],
    [ 'invalid UTF-8', "{\"text\":\"\xff\"}", '400 invalid-json', qr/UTF-8/i ],
    [ 'overlong UTF-8', "{\"text\":\"\xc0\xaf\"}", '400 invalid-json',
      qr/UTF-8/i ],
    [ 'a BOM', "\xef\xbb\xbf{\"text\":\"a\"}", '400 invalid-json', qr/./ ],
    [ 'UTF-16', "\xff\xfe{\0}\0", '400 invalid-json', qr/./ ],
    [ 'a NUL', "{\"text\":\"\0\"}", '400 invalid-json', qr/./ ],
    [ 'a NUL behind', "{\"text\":\"a\"}\0", '400 invalid-json', qr/./ ],
    [ 'a line feed in a string', "{\"text\":\"a\nb\"}", '400 invalid-json',
      qr/./ ],
    [ 'deep nesting', $deep, '400 invalid-json', qr/64|deep/ ],
    [ 'a megabyte number', $big_number, undef, qr/./ ],
    [ 'a megabyte key', $big_key, '422 invalid-input', qr/./ ],
    [ 'many keys', $many, '400 invalid-json', qr/10,?000/ ],
    [ 'wrong type', '{"text":1}', '422 invalid-input', qr/1 violation\b/ ],
    [ 'not an object', '[]', '422 invalid-input', qr/violation/ ],
    [ 'null', 'null', '422 invalid-input', qr/violation/ ],
    [ 'missing and unknown', '{"txt":"a"}', '422 invalid-input',
      qr/2 violations/ ],
) {
    my ($name, $body, $expected, $detail) = @$case;
    my $r = run_agent($body);

    if (defined $expected) {
        is(problem($r), $expected, $name);
        like($r->json->{detail}, $detail, "$name: detail");
        is($r->header('x-should-retry'), 'false', "$name: no retry");

    } else {
        is($r->status, 200, $name);
    }
}

is(scalar $p->requests, 1, 'only the valid number reached the provider');

# the list of violations

my $r = run_agent('{"txt":"a","n":-1,"tags":["a",2,"c",null]}');
my %errors = map { ("$_->{pointer} $_->{keyword}" => $_->{message}) }
             @{$r->json->{errors}};

is_deeply([ sort keys %errors ],
          [ ' required', '/n minimum', '/tags/1 type', '/tags/3 type',
            '/txt additionalProperties' ], 'every violation, with its pointer');

# media types

for my $type ('text/plain', 'application/x-www-form-urlencoded', '',
              'application/json; charset=latin1', 'multipart/form-data')
{
    is(problem(run_agent('{"text":"a"}', { 'Content-Type' => $type })),
       '415 unsupported-media-type', "type \"$type\"");
}

is(problem(http("POST /run HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                . "Connection: close\r\n\r\n{}")),
   '415 unsupported-media-type', 'no type');
is(problem(run_agent('xx', { 'Content-Encoding' => 'gzip' })),
   '415 unsupported-media-type', 'compressed');
is(run_agent('{"text":"a"}', { 'Content-Type' =>
                               'application/json; charset=UTF-8' })->status,
   200, 'with a charset');

# request headers

for my $case (
    [ 'Agent-Timeout', 'soon' ], [ 'Agent-Timeout', '0' ],
    [ 'Agent-Timeout', '-1s' ], [ 'Agent-Tags', 'nothing' ],
    [ 'Agent-Tags', "a=1, a=2" ], [ 'Agent-Tags', "a=\x01" ],
    [ 'Agent-Tags', 'a=' . 'x' x 600 ],
) {
    my ($name, $value) = @$case;
    my $r = run_agent('{"text":"a"}', { $name => $value });

    is(problem($r), '400 invalid-header', "$name: " . substr $value, 0, 20);
    like($r->json->{detail}, qr/\Q$name\E/, 'it is named');
}

# methods

for my $method (qw/ PUT DELETE PATCH OPTIONS /) {
    my $r = http("$method /run HTTP/1.1\r\nHost: a\r\n"
                 . "Connection: close\r\n\r\n");
    is(problem($r), '405 method-not-allowed', $method);
    is($r->header('Allow'), 'GET, HEAD, POST', "$method: Allow");
}

# sizes

is(problem(run_agent('{"text":"' . 'a' x 1_048_576 . '"}')), '413 too-large',
   'over client_max_body_size');
is(problem(http("POST /run HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                . "Content-Type: application/json\r\n"
                . "Content-Length: 2000000\r\nConnection: close\r\n\r\n")),
   '413 too-large', 'refused without "100 Continue"');

my $head = "POST /run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
           . "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

is(problem(http($head . "200000\r\n" . 'a' x 0x200000 . "\r\n0\r\n\r\n")),
   '413 too-large', 'chunked');
is(problem(http($head . "zz\r\n")), '400 bad-request', 'a bad chunk');

# other ways to send the same

is(http($head . "5\r\n{\"tex\r\n7\r\nt\":\"a\"}\r\n0\r\nX: y\r\n\r\n")->status,
   200, 'chunks and a trailer');
is(http($head . join('', map { "1\r\n$_\r\n" } split //, '{"text":"abc"}')
        . "0\r\n\r\n")->status, 200, 'chunks of a byte');
is(problem(http($head . "0\r\n\r\n")), '400 invalid-json', 'no chunk at all');
is(http("POST /run HTTP/1.0\r\nContent-Type: application/json\r\n"
        . "Content-Length: 12\r\n\r\n{\"text\":\"a\"}")->status, 200,
   'HTTP/1.0');

my $c = Test::Agent::HTTP->connect(port => port('http'));

$c->send("POST /run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
         . "Expect: 100-continue\r\nContent-Length: 12\r\n\r\n");
like($c->read_until(qr/\r\n\r\n/), qr/^HTTP\/1.1 100 Continue/,
     'Expect: 100 Continue');
$c->send('{"text":"a"}');
is($c->read_response()->status, 200, 'and the answer');

$c->send("POST /run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
         . "Content-Length: 12\r\n\r\n");
for my $byte (split //, '{"text":"a"}') {
    $c->send($byte);
    select undef, undef, undef, 0.002;
}
is($c->read_response()->status, 200, 'a byte at a time');

my $large = '{"text":"' . 'a' x 90_000 . '"}';
is($c->request('POST', '/run', $large,
               { 'Content-Type' => 'application/json' })->status, 200,
   'larger than any buffer');
is($p->last->{json}{messages}[1]{content}, $large, 'and it arrived whole');

# after a refusal the connection serves on

is(problem($c->request('POST', '/run', '{', { 'Content-Type' =>
                       'application/json' })), '400 invalid-json', 'refused');
is(problem($c->request('POST', '/run', 'x' x 100_000, { 'Content-Type' =>
                       'text/plain' })), '415 unsupported-media-type',
   'refused before its body was read');
is($c->request('GET', '/alive')->body, 'alive', 'on the same connection');

$c->close;

is_deeply([ $t->workers() ], \@workers, 'the same workers');

$t->done_testing();
