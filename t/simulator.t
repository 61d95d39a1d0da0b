#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The simulator's plain answers: their shape, what they depend on, and what a
# request has to look like.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_simulator_module' ])
    ->has('simulator')->plan(72);

$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%

worker_processes 1;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_http%%;
        client_max_body_size 2m;

        location /v1/ { agent_simulator openai; }
        location /same/ { agent_simulator openai; }
        location /seed/ { agent_simulator openai seed=7; }
        location /echo/ { agent_simulator openai echo=on; }
        location /text/ { agent_simulator openai "text=so \"it\" is"; }
        location /size/ { agent_simulator openai size=3000; }
        location /free/ { agent_simulator openai usage=off; }
        location /key/ { agent_simulator openai key=sk-test; }
        location /models/ { agent_simulator openai model=a model=b; }
        location /file/ {
            client_body_in_file_only clean;
            agent_simulator openai;
        }
    }
}
CONF

$t->run();

like($t->error_log(), qr{\[warn\].*simulator is loaded.*locations:10},
     'it says that it is there');

# the shape

my $r = post('/v1', 'Tell me about "bicycles".');

is($r->status, 200, 'an answer');
is($r->header('Content-Type'), 'application/json', 'its type');
is($r->header('Content-Length'), length $r->body, 'its length');
like($r->header('x-request-id'), qr/^req_[0-9a-f]{16}$/, 'its id');
is($r->header('openai-processing-ms'), 0, 'its time');

my $j = $r->json;

like($j->{id}, qr/^chatcmpl-[0-9a-f]{16}$/, 'id');
is($j->{object}, 'chat.completion', 'object');
cmp_ok(abs($j->{created} - time), '<', 60, 'created');
is($j->{model}, 'gpt-6-luna', 'model');
is(@{$j->{choices}}, 1, 'choices');

my $choice = $j->{choices}[0];

is($choice->{index}, 0, 'index');
is($choice->{finish_reason}, 'stop', 'finish_reason');
is_deeply([ sort keys %{$choice->{message}} ],
          [ qw/ annotations content refusal role / ], 'the message');
is($choice->{message}{role}, 'assistant', 'role');
is($choice->{message}{refusal}, undef, 'refusal');
like($choice->{message}{content}, qr/^[A-Z].+\.$/, 'content is a text');

my $usage = $j->{usage};

cmp_ok($usage->{prompt_tokens}, '>', 5, 'prompt_tokens');
cmp_ok(abs($usage->{completion_tokens}
       - length($choice->{message}{content}) / 4), '<', 2, 'completion_tokens');
is($usage->{total_tokens}, $usage->{prompt_tokens}
   + $usage->{completion_tokens}, 'total_tokens');
is($usage->{prompt_tokens_details}{cached_tokens}, 0, 'cached_tokens');
is($usage->{completion_tokens_details}{reasoning_tokens}, 0,
   'reasoning_tokens');

# what it depends on

my $again = post('/v1', 'Tell me about "bicycles".')->json;

is(content($again), content($j), 'the same request, the same content');
isnt($again->{id}, $j->{id}, 'but another id');
is(content(post('/same', 'Tell me about "bicycles".')->json), content($j),
   'everywhere');
isnt(content(post('/v1', 'Tell me about boats.')->json), content($j),
     'another request, another content');
isnt(content(post('/seed', 'Tell me about "bicycles".')->json), content($j),
     'another seed, another content');
isnt(content(post('/v1', 'Tell me about "bicycles".', seed => 3)->json),
     content($j), 'another seed of the request, another content');

$t->reload();

is(content(post('/v1', 'Tell me about "bicycles".')->json), content($j),
   'the same after a reload');

# options of the text

is(content(post('/echo', "a \"b\" \x{e9}\n")->json), "a \"b\" \x{e9}\n",
   'echo');
is(content(chat('/echo', messages => [
       { role => 'user', content => 'one' },
       { role => 'assistant', content => 'two' },
       { role => 'user', content => [
           { type => 'text', text => 'th' },
           { type => 'image_url', image_url => { url => 'data:,' } },
           { type => 'text', text => 'ree' } ] },
       { role => 'system', content => 'four' } ])->json), 'three',
   'echo of the last message of the user, in parts');
like(content(chat('/echo', messages => [
       { role => 'system', content => 'alone' } ])->json), qr/^[A-Z].+\.$/,
   'nothing to echo');
is(content(post('/text', 'x')->json), 'so "it" is', 'text');
is(content(typed('/text', 'x', { type => 'integer' })->json), 'so "it" is',
   'text, whatever was asked for');
is(length content(post('/size', 'x')->json), 3000, 'size');
ok(!exists post('/free', 'x')->json->{usage}, 'usage off');

# limits of the request

$r = post('/v1', 'x', max_completion_tokens => 5)->json;
is(length content($r), 20, 'max_completion_tokens');
is($r->{choices}[0]{finish_reason}, 'length', 'and it says so');
is(length content(post('/v1', 'x', max_tokens => 2)->json), 8, 'max_tokens');
is(length content(post('/echo', "\x{e9}" x 9, max_tokens => 1)->json), 2,
   'characters stay whole');
is(post('/v1', 'x', max_tokens => 100000)->json->{choices}[0]{finish_reason},
   'stop', 'more than enough');

# typed answers

my %schema = (
    type => 'object',
    required => [ qw/ decision note score tags / ],
    additionalProperties => JSON::PP::false,
    properties => {
        decision => { enum => [ qw/ yes no / ] },
        note => { type => 'string', maxLength => 400 },
        score => { type => 'number', minimum => 0, maximum => 1 },
        tags => { type => 'array', items => { type => 'string' },
                  minItems => 2, maxItems => 2 },
    },
);

$r = decode(content(typed('/v1', 'x', \%schema)->json));

like($r->{decision}, qr/^(?:yes|no)$/, 'typed: enum');
ok($r->{score} >= 0 && $r->{score} <= 1, 'typed: number');
is(@{$r->{tags}}, 2, 'typed: array');
is_deeply([ sort keys %$r ], [ sort keys %{$schema{properties}} ],
          'typed: members');

is(decode(content(typed('/echo', "it's \"q\"", \%schema)->json))->{note},
   "it's \"q\"", 'typed: echo');
is(length content(typed('/size', 'x', { type => 'object',
       required => [ 'a' ], properties => { a => { type => 'string' } } })
       ->json), 3000, 'typed: size');
is(ref decode(content(post('/v1', 'x',
       response_format => { type => 'json_object' })->json)), 'HASH',
   'json_object');
is(ref decode(content(post('/v1', 'x', response_format => {
       type => 'json_schema', json_schema => { name => 'x' } })->json)),
   'HASH', 'json_schema without a schema');
like(content(post('/v1', 'x', response_format => { type => 'text' })->json),
     qr/^[A-Z].+\.$/, 'text');

# what is no request

bad('/v1', '{"model":', 400, qr/not valid JSON.*line 1, column/, undef);
bad('/v1', '', 400, qr/not valid JSON/, undef);
bad('/v1', '[]', 400, qr/not an object/, undef);
bad('/v1', '{"model":1,"messages":[]}', 400, qr/"model"/, 'model');
bad('/v1', '{"messages":[{"role":"user"}]}', 400, qr/model/, 'model');
bad('/v1', '{"model":"a"}', 400, qr/"messages"/, 'messages');
bad('/v1', '{"model":"a","messages":[]}', 400, qr/"messages"/, 'messages');
bad('/v1', '{"model":"a","messages":[1]}', 400, qr/role/, 'messages');
bad('/v1', request('x', stream => JSON::PP::true), 400, qr/streaming/,
    'stream');
bad('/v1', request('x', n => 2), 400, qr/one choice/, 'n');
bad('/v1', request('x', tool_choice => 'required'), 400, qr/tool/,
    'tool_choice');
bad('/v1', request('x', response_format => { type => 'xml' }), 400,
    qr/response_format/, 'response_format');
bad('/v1', request('x', response_format => { type => 'json_schema',
    json_schema => { schema => { type => 'strng' } } }), 400,
    qr/invalid schema/, 'response_format');
bad('/file', request('x'), 413, qr/too large/, undef);
bad('/models', request('x', model => 'c'), 404, qr/does not exist/, undef,
    'model_not_found');

is(post('/models', 'x', model => 'b')->status, 200, 'a model that exists');

# who asks, where, and how

bad('/key', request('x'), 401, qr/API key/, undef, 'invalid_api_key');
is(http_post('/key/chat/completions', request('x'),
             { Authorization => 'Bearer sk-wrong' })->status, 401,
   'a wrong key');
is(http_post('/key/chat/completions', request('x'),
             { Authorization => 'bearer sk-test' })->status, 200, 'the key');

is(http_post('/v1/completions', request('x'))->json->{error}{message},
   'unknown path', 'an unknown path');
is(http_get('/v1/chat/completions')->header('Allow'), 'POST',
   'a wrong method');

$r = http_head('/v1/chat/completions');
is($r->status . length $r->body, '4050', 'HEAD');


sub request {
    my ($text, %fields) = @_;

    return Test::Agent::encode({ model => 'gpt-6-luna',
        messages => [ { role => 'user', content => $text } ], %fields });
}


sub post {
    my ($path, $text, %fields) = @_;

    return http_post("$path/chat/completions", request($text, %fields));
}


sub chat {
    my ($path, %fields) = @_;

    return http_post("$path/chat/completions",
                     Test::Agent::encode({ model => 'm', %fields }));
}


sub typed {
    my ($path, $text, $schema) = @_;

    return post($path, $text, response_format => { type => 'json_schema',
        json_schema => { name => 'x', strict => JSON::PP::true,
                         schema => $schema } });
}


sub content { return $_[0]->{choices}[0]{message}{content} }


sub decode { return JSON::PP->new->allow_nonref->decode($_[0]) }


# an error in the API's own shape

sub bad {
    my ($path, $body, $status, $message, $param, $code) = @_;

    my $r = http_post("$path/chat/completions", $body);
    my $error = ($r->json || {})->{error} || {};

    ok($r->status == $status && $error->{message} =~ $message
       && $error->{type} eq 'invalid_request_error'
       && ($error->{param} // '') eq ($param // '')
       && ($error->{code} // '') eq ($code // '')
       && keys %$error == 4, "refused: " . substr($body, 0, 60))
        or diag($r);
}
