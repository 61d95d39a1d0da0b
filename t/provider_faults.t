#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# A provider that fails in every way: each ends in the class and the problem
# that docs/errors.md promises, none hurts the next execution.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();
my $good = openai_reply('{"decision":"yes"}');
my $flood = sub { return { headers => [ 'Content-Type: application/json' ],
                           body => ' ' x 10_485_760 } };
my $chunks = sub { return { headers => [ 'Content-Type: application/json' ],
                            body => ' ' x 10_485_760, chunked => 1 } };

my $p = Test::Agent::Provider->new($t, 'provider', $good, $flood, $chunks);

site($t,
    provider => 'connect_timeout 2s; first_byte_timeout 400ms;
                 idle_timeout 400ms;',
    route => 'tries 1; timeout 3s;',
)->run();

my @workers = $t->workers();

my $json = [ 'Content-Type: application/json' ];
my $answer = openai_answer('{"decision":"yes"}');
my $length = length $answer;

my @cases = (

    # statuses

    [ 'status 400', openai_error(400, 'invalid_request_error'),
      '502 provider-error', 'bad_request', no_retry => 1 ],
    [ 'status 401', openai_error(401, 'invalid_request_error', 'bad key',
                          code => 'invalid_api_key'),
      '502 provider-error', 'auth', no_retry => 1 ],
    [ 'status 403', openai_error(403, 'x'), '502 provider-error', 'auth',
      no_retry => 1 ],
    [ 'status 404', openai_error(404, 'invalid_request_error', 'no such model',
                          code => 'model_not_found'),
      '502 provider-error', 'not_found', no_retry => 1 ],
    [ 'status 408', openai_error(408, 'x'), '502 provider-error', 'timeout' ],
    [ 'status 409', openai_error(409, 'x'), '502 provider-error', 'bad_request',
      no_retry => 1 ],
    [ 'status 413', openai_error(413, 'x'), '422 context-overflow',
      'context_overflow', no_retry => 1 ],
    [ '400, context', openai_error(400, 'invalid_request_error', 'too long',
                                   code => 'context_length_exceeded'),
      '422 context-overflow', 'context_overflow', no_retry => 1 ],
    [ '400, filtered', openai_error(400, 'x', 'no', code => 'content_filter'),
      '422 content-filtered', 'content_filtered', no_retry => 1 ],
    [ 'status 429', openai_error(429, 'requests', 'slow down',
                          code => 'rate_limit_exceeded',
                          headers => [ 'Retry-After: 7' ]),
      '503 unavailable', 'rate_limited', retry_after => 7 ],
    [ '429, a fraction', openai_error(429, 'x', 'x',
                                      headers => [ 'retry-after-ms: 1500' ]),
      '503 unavailable', 'rate_limited', retry_after => 2 ],
    [ '429, nonsense', openai_error(429, 'x', 'x',
                                    headers => [ 'Retry-After: -5' ]),
      '503 unavailable', 'rate_limited', retry_after => 1 ],
    [ '429, billing', openai_error(429, 'insufficient_quota', 'pay',
                                   code => 'insufficient_quota'),
      '503 unavailable', 'rate_limited', retry_after => 60 ],
    [ 'status 500', openai_error(500, 'server_error'), '502 provider-error',
      'server_error' ],
    [ 'status 502', { status => 502, headers => [ 'Content-Type: text/html' ],
               body => '<html>502</html>' },
      '502 provider-error', 'server_error' ],
    [ 'status 503', openai_error(503, 'x', 'x', headers => [ 'Retry-After: 3' ]),
      '503 unavailable', 'overloaded', retry_after => 3 ],
    [ 'status 529', openai_error(529, 'x'), '503 unavailable', 'overloaded',
      retry_after => 1 ],
    [ 'status 301', { status => 301, headers => [ 'Location: http://127.0.0.1:1/' ] },
      '502 provider-error', 'server_error' ],
    [ 'status 307', { status => 307, headers => [ 'Location: /elsewhere' ] },
      '502 provider-error', 'server_error' ],
    [ 'status 204', { status => 204, length => undef }, '502 provider-error',
      'malformed' ],

    # what is no answer

    [ 'HTML', { headers => [ 'Content-Type: text/html' ],
                body => '<html>hello</html>' },
      '502 provider-error', 'malformed' ],
    [ 'an empty body', { headers => $json, body => '' }, '502 provider-error',
      'malformed' ],
    [ 'not JSON', { headers => $json, body => '{"choices":[' },
      '502 provider-error', 'malformed' ],
    [ 'no choices', { headers => $json, body => '{"choices":[]}' },
      '502 provider-error', 'malformed' ],
    [ 'wrong types', { headers => $json, body => '{"choices":{"a":1}}' },
      '502 provider-error', 'malformed' ],
    [ 'an error in a 200', { headers => $json,
                             body => '{"error":{"message":"x",'
                                     . '"type":"service_unavailable_error",'
                                     . '"code":"server_is_overloaded"}}' },
      '503 unavailable', 'overloaded', retry_after => 1 ],
    [ 'invalid UTF-8', { headers => $json, body =>
                         "{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}" },
      '502 provider-error', 'malformed' ],
    [ 'not HTTP', { raw => "hello\r\n\r\n" }, '502 provider-error',
      'malformed' ],
    [ 'HTTP/0.9', { raw => "<html>hi</html>" }, '502 provider-error',
      'malformed' ],
    [ 'status 101', { raw => "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" },
      '502 provider-error', 'malformed' ],
    [ 'endless 1xx', { raw => "HTTP/1.1 100 Continue\r\n\r\n" x 20 },
      '502 provider-error', 'malformed' ],
    [ 'two lengths', { raw => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                              . "Content-Length: 6\r\n\r\nhello!" },
      '502 provider-error', 'malformed' ],
    [ 'length and chunked', { raw => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                              . "Transfer-Encoding: chunked\r\n\r\nhello" },
      '502 provider-error', 'malformed' ],
    [ 'gzip', { headers => [ @$json, 'Content-Encoding: gzip' ],
                body => "\x1f\x8b\x08" . "\0" x 1000 },
      '502 provider-error', 'malformed' ],
    [ 'a head of 64 KB', { raw => "HTTP/1.1 200 OK\r\n"
                           . "X: " . 'x' x 65536 . "\r\n\r\n" },
      '502 provider-error', 'malformed' ],
    [ '10 MB', $flood, '502 provider-error', 'malformed' ],
    [ '10 MB, chunked', $chunks, '502 provider-error', 'malformed' ],
    [ 'a bad chunk', { raw => "HTTP/1.1 200 OK\r\n"
                       . "Transfer-Encoding: chunked\r\n\r\nzz\r\n" },
      '502 provider-error', 'malformed' ],

    # what comes too early to an end, or not at all

    [ 'closed at once', { cut => 0 }, '502 provider-error', 'cut',
      twice => 1 ],
    [ 'reset at once', { cut => 0, how => 'rst' }, '502 provider-error',
      'cut', twice => 1 ],
    [ 'cut in the head', { %$good, cut => 20 }, '502 provider-error', 'cut' ],
    [ 'cut behind the head', { %$good, cut => 'head' }, '502 provider-error',
      'cut' ],
    [ 'cut in the body', { headers => $json, body => $answer,
                           length => $length + 10, keepalive => 0 },
      '502 provider-error', 'cut' ],
    [ 'cut in a chunk', { %$good, chunked => 1, cut => 300 },
      '502 provider-error', 'cut' ],
    [ 'reset in the body', { %$good, cut => 250, how => 'rst' },
      '502 provider-error', 'cut' ],
    [ 'silence', { hang => 0 }, '502 provider-error', 'timeout' ],
    [ 'a head, then silence', { %$good, hang => 'head' }, '502 provider-error',
      'timeout' ],
    [ 'half a body, then silence', { %$good, hang => 250 },
      '502 provider-error', 'timeout' ],

    # answers that are no output

    [ 'not JSON in it', openai_reply('I would say yes.'),
      '502 invalid-output', 'malformed' ],
    [ 'two values', openai_reply('{"decision":"yes"} {"decision":"no"}'),
      '502 invalid-output', 'malformed' ],
    [ 'breaks the schema', openai_reply('{"decision":"maybe"}'),
      '502 invalid-output', 'invalid_output', errors => [ '/decision enum' ] ],
    [ 'duplicate keys', openai_reply('{"decision":"yes","decision":"no"}'),
      '502 invalid-output', 'malformed' ],
    [ 'truncated', openai_reply('{"decision":"y', finish_reason => 'length'),
      '502 invalid-output', 'truncated' ],
    [ 'filtered', openai_reply('', finish_reason => 'content_filter'),
      '422 content-filtered', 'content_filtered', no_retry => 1 ],
    [ 'a refusal', openai_reply(undef, refusal => 'I can not do that.'),
      '422 content-filtered', 'content_filtered', no_retry => 1 ],
);

for my $case (@cases) {
    my ($name, $reply, $problem, $class, %opt) = @$case;

    # a pooled connection that ends without a byte is tried once more

    $p->replies($reply, $opt{twice} ? $reply : (), $good);

    my $r = run_agent('{"text":"a"}');

    is(problem($r), $problem, $name);
    like($r->header('Agent-Attempts') // '', qr/^p\/small;outcome=$class;ms=/,
         "$name: $class");
    is($r->header('x-should-retry'), $opt{no_retry} ? 'false' : undef,
       "$name: retry");
    is($r->header('Retry-After'), $opt{retry_after}, "$name: Retry-After");

    if ($opt{errors}) {
        is_deeply([ map { "$_->{pointer} $_->{keyword}" }
                    @{$r->json->{errors}} ], $opt{errors}, "$name: errors");
    }

    $p->replies($good);
    is(run_agent('{"text":"a"}')->status, 200, "$name: the next is served");
}

# what is allowed

for my $case (
    [ 'a code fence', openai_reply("```json\n{\"decision\": \"yes\"}\n```") ],
    [ 'prose around', openai_reply("Sure! {\"decision\":\"yes\"} Bye.") ],
    [ 'interim answers', { raw => "HTTP/1.1 100 Continue\r\n\r\n"
        . "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        . "HTTP/1.1 200 OK\r\nContent-Length: $length\r\n\r\n$answer" } ],
    [ 'HTTP/1.0', { raw => "HTTP/1.0 200 OK\r\n\r\n$answer", keepalive => 0 } ],
    [ 'an end by closing', { headers => $json, body => $answer,
                             length => undef, keepalive => 0 } ],
    [ 'chunks', { headers => $json, body => $answer,
                  chunked => [ 1, 7, 100 ] } ],
    [ 'a byte at a time', { headers => $json, body => $answer,
                            bytewise => 1, pause => 0.0001 } ],
    [ 'surplus', { raw => "HTTP/1.1 200 OK\r\nContent-Length: $length\r\n"
                          . "\r\n${answer}HTTP/1.1 200 OK\r\n\r\n" } ],
    [ 'no content type', { body => $answer } ],
    [ 'the body later', { headers => $json, body => $answer,
                          body_delay => 0.2 } ],
) {
    my ($name, $reply) = @$case;

    $p->replies($reply, $good);

    is(run_agent('{"text":"a"}')->body, '{"decision":"yes"}', $name);

    $p->replies($good);
    is(run_agent('{"text":"a"}')->status, 200, "$name: the next is served");
}

# usage that can not be true costs nothing

for my $usage ({ prompt_tokens => -5, completion_tokens => 5 },
               { prompt_tokens => 1e30, completion_tokens => '1e9' }, undef)
{
    $p->replies(openai_reply('{"decision":"yes"}', usage => $usage));
    like(run_agent('{"text":"a"}')->header('Agent-Usage'),
         qr/^input=0, cached=0, output=[05], cost=0(\.0000025)?$/,
         'usage that is none');
}

# a pooled connection that died: the caller sees nothing of it

$p->replies({ cut => 0 }, $good);
my $r = run_agent('{"text":"a"}');
is($r->body, '{"decision":"yes"}', 'once more, on a fresh connection');
like($r->header('Agent-Attempts'), qr/^p\/small;outcome=ok;ms=\d+$/,
     'as one attempt');

# headers of a provider do nothing and go nowhere

$p->replies({ %$good, headers => [ @$json, 'X-Accel-Redirect: /alive',
    'X-Accel-Buffering: no', 'X-Accel-Expires: 3600', 'X-Accel-Limit-Rate: 1',
    'X-Accel-Charset: koi8-r', 'Set-Cookie: a=b', 'Refresh: 0', 'Link: x',
    'Server: evil', 'Alt-Svc: h3', 'Location: /alive', 'ETag: "x"',
    'Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT', 'Cache-Control: public',
    'Content-Disposition: attachment', 'X-Other: y', 'Expires: 0' ] });

$r = run_agent('{"text":"a"}');

is($r->body, '{"decision":"yes"}', 'no X-Accel-Redirect');
is_deeply([ sort map { lc } keys %{{ map { split /: /, $_, 2 }
                                     grep { /: / }
                                     split /\r\n/, ($r->raw =~
                                     /^.*?\r\n(.*?)\r\n\r\n/s)[0] }} ],
          [ sort qw/ server date content-type content-length connection
            cache-control x-content-type-options agent-execution
            agent-version agent-model agent-usage agent-attempts / ],
          'only our own headers');

is_deeply([ $t->workers() ], \@workers, 'the same workers');

$t->done_testing();
