#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Drafts that come later, for locations that take the name of a variable; and
# the schemas that drafts share.

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
                                   openai_reply('{"n":1}'));

site($t, main => 'worker_processes 2;', files => {
        'schemas/n.json' => '{"$id": "https://example.org/n",
                              "type": "integer"}',
        'shared/agent.json' => '{}',
        'shared/prompt.md' => 'Count.',
        'shared/output.schema.json' => '{"properties":
                          {"n": {"$ref": "https://example.org/n"}}}',
        'broken/agent.json' => "{\n}}",
        '.hidden/agent.json' => '{}',
        'Upper/agent.json' => '{}',
    }, server => <<'SERVER');
        location ~ ^/any/(?<name>[^/]*)$ { agent $name@draft; }
SERVER

$t->write_file('agents/note', 'not a draft');

my ($code, $said) = $t->test_config();

is($code, 0, 'a broken draft is no error where the name is a variable');
my @warn = grep { /\[warn\].*agent "/ && !/agent_auth/ } split /\n/, $said;
is(scalar @warn, 1, 'but a warning');
like($warn[0], qr{agent "broken": \S+/agents/broken/agent\.json:2:2: },
     'with its place');

$t->run();

my $dir = $t->testdir();


# names

# the answer is not what it may say

is(ask('decide')->status, 502, 'a draft of the directory');
is(ask('shared')->status, 200, 'another');
is(problem(ask('nobody')), '404 unknown-agent', 'one that is not there');
is(problem(ask('broken')), '404 unknown-agent', 'one that is broken');
is(problem(ask($_)), '404 unknown-agent', "\"$_\" is no name")
    for 'Upper', '.hidden', 'note', 'schemas', 'a.b', 'a+b', '',
        'a' x 64;


# one that is mended, and one that is new

edit('broken/agent.json', '{}');
live('broken', 200, 'what is mended');

edit('new/agent.json', '{"description": "New.", "bad": 1}');
ok($t->waitforlog(qr{\[error\].*agent "new": \S+/agents/new/agent\.json:1:25: }),
   'a new one that is broken is told');
is(ask('new')->status, 404, 'and not served');

edit('new/agent.json', '{"description": "New."}');
live('new', 200, 'a new one');

edit('a' x 63 . '/agent.json', '{}');
live('a' x 63, 200, 'the longest name');


# what all share

$p->replies(openai_reply('{"n":1.5}'));
is(problem(ask('shared')), '502 invalid-output', 'as the shared schema says');

edit('schemas/n.json', '{"$id": "https://example.org/n", "type": "number"}');
live('shared', 200, 'a shared schema that changed');

edit('schemas/n.json', '{"$id": "https://example.org/n", "type": "numb"}');
ok($t->waitforlog(qr{\[error\].*agent "shared": \S+/agents/schemas/n\.json:1:}),
   'one that breaks is told');
is(ask('shared')->status, 200, 'and the last good one is served');

edit('schemas/n.json', '{"$id": "https://example.org/n", "type": "string"}');
live('shared', 502, 'until it is mended');


# many at once: a checkout of all of them

edit("d$_/agent.json", '{}') for 1 .. 100;

my %left = map { ("d$_" => 1) } 1 .. 100;
wait_until(sub {
    ask($_)->status == 200 && delete $left{$_} for sort keys %left;
    return !%left;
}, 15);
is(join(' ', sort keys %left), '', 'a hundred new ones');

edit("d$_/prompt.md", 'Count down.') for 1 .. 100;
ok(wait_until(sub {
       my %read = map { $_ => 1 } $t->error_log()
           =~ /"(d\d+)": draft is live.*\n/g;
       my $n = () = $t->error_log() =~ /"d\d+": draft is live/g;
       return $n >= 400 && keys %read == 100;
   }, 15), 'all of them edited, on both workers');

$t->stop();
$t->done_testing();


sub edit {
    my ($path, $text) = @_;

    Test::Agent::Site::write_agent_file($t, $path, $text);
}


sub ask {
    my ($name) = @_;

    return run_agent('{"text":"hi"}', {}, uri => "/any/$name");
}


sub live {
    my ($name, $status, $what) = @_;
    my $row = 0;

    wait_until(sub {
        $row = ask($name)->status == $status ? $row + 1 : 0;
        return $row >= 12;
    });

    ok($row >= 12, "$what is live");
}
