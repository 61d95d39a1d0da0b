#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# An agent without an output schema answers the model's text; templates with
# tags are rendered for each input.

use strict;
use warnings;
use utf8;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();
my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply("Hel\"lo,\n wörld \x{1f600}"));

site($t,
    agent => 'poet@draft',
    files => {
        'poet/agent.json' => '{"parameters": {"temperature": 0.70,
                               "max_output_tokens": 50, "stop": ["END"]}}',
        'poet/prompt.md' => "You write about {{topic}}.\n{{> style.md}}",
        'poet/message.md' => "{{#lines}}- {{.}}\n{{/lines}}{{^lines}}none"
                             . "{{/lines}} in {{n}} {{{raw}}}",
        'poet/context/style.md' => "Style: {{style.name}}.\n",
        'poet/input.schema.json' => '{"type": "object", "properties": {
            "topic": {"type": "string"}, "lines": {"type": "array"},
            "n": {"type": "number"}, "raw": true,
            "style": {"properties": {"name": {"type": "string"}}}}}',
    },
)->run();

my $r = run_agent('{"topic": "{{n}} \"x\" <&>", "lines": ["a", "b\n"],
                    "n": 1.0e2, "raw": {"k": [1, 2]},
                    "style": {"name": "{{> style.md}}"}}');

is($r->status, 200, 'an answer');
is($r->header('Content-Type'), 'text/plain; charset=utf-8', 'as text');
is($r->body, "Hel\"lo,\n w\xc3\xb6rld \xf0\x9f\x98\x80", 'the text itself');

my $json = $p->last->{json};

is($json->{messages}[0]{content},
   "You write about {{n}} \"x\" <&>.\nStyle: {{> style.md}}.\n",
   'values are inserted once and never scanned again');
is($json->{messages}[1]{content},
   "- a\n- b\n\n in 1.0e2 {\"k\":[1,2]}", 'numbers as written');
ok(!exists $json->{response_format}, 'no structured output');
like($p->last->{body}, qr/"temperature":0\.70\b/, 'parameters as written');
is($json->{max_completion_tokens}, 50, 'max_output_tokens');
is_deeply($json->{stop}, [ 'END' ], 'stop');

run_agent('{}');
is($p->last->{json}{messages}[1]{content}, 'none in  ', 'missing values');

$p->replies(openai_reply('half a', finish_reason => 'length'));
is(problem(run_agent('{}')), '502 invalid-output', 'a truncated text');

$t->done_testing();
