#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# What nginx -t says about drafts that are broken: one line, with the file, the
# place in it, and the place in nginx.conf that wants the draft.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Site;

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_module' ]);
my $dir = $t->testdir();

# the files that differ from a good draft (undef: it is not there), the place
# below the drafts' directory, and what is said

my @cases = (
    [ 'no directory', {}, 'decide', qr/./, 'away' ],
    [ 'no agent.json', { 'agent.json' => undef }, 'decide/agent.json',
      qr/is missing/ ],
    [ 'an empty agent.json', { 'agent.json' => '' }, 'decide/agent.json:1:1',
      qr/./ ],
    [ 'agent.json is not JSON', { 'agent.json' => "{\n  \"owner\": x }" },
      'decide/agent.json:2:12', qr/./ ],
    [ 'agent.json is no object', { 'agent.json' => "\n []" },
      'decide/agent.json:2:2', qr/object/ ],
    [ 'a key twice', { 'agent.json' => qq({"owner":"a",\n"owner":"b"}) },
      'decide/agent.json:2:1', qr/owner/ ],
    [ 'an unknown key', { 'agent.json' => qq({"owner":"a",\n "foo":1}) },
      'decide/agent.json:2:2', qr/unknown key "foo"/ ],
    [ 'a key of later', { 'agent.json' => '{"tools": []}' },
      'decide/agent.json:1:2', qr/"tools" is not supported by this build/ ],
    [ 'a wrong type', { 'agent.json' => '{"route": 1}' },
      'decide/agent.json:1:11', qr/string/ ],
    [ 'a wrong parameter',
      { 'agent.json' => '{"parameters":{"temperature":3}}' },
      'decide/agent.json:1:30', qr/temperature/ ],
    [ 'an unknown route', { 'agent.json' => '{"route":"large"}' },
      'decide/agent.json: "/route"', qr/unknown route "large"/ ],

    [ 'a template', { 'prompt.md' => "Hello\n  {{#a}}" },
      'decide/prompt.md:2:3', qr/./ ],
    [ 'a field of no property', { 'prompt.md' => "Hello\n{{foo}}" },
      'decide/prompt.md:2:1', qr/\{\{foo\}\}/ ],
    [ 'no such context file', { 'message.md' => '{{> none.md}}' },
      'decide/message.md:1:1', qr/none\.md/ ],
    [ 'text that is not UTF-8', { 'prompt.md' => "a\n\xff" },
      'decide/prompt.md:2:1', qr/UTF-8/ ],

    [ 'a schema that is not JSON', { 'input.schema.json' => '{' },
      'decide/input.schema.json:1:2', qr/./ ],
    [ 'a wrong keyword', { 'output.schema.json' => qq({\n"type": 12}) },
      'decide/output.schema.json:2:9: "/type"', qr/./ ],
    [ 'a wrong pattern',
      { 'output.schema.json' => '{"properties":{"a":{"pattern":"("}}}' },
      'decide/output.schema.json:1:31: "/properties/a/pattern"', qr/./ ],
    [ 'a reference to nothing',
      { 'output.schema.json' => '{"$ref": "https://example.org/none"}' },
      'decide/output.schema.json:1:10: "/$ref"', qr/none/ ],
    [ 'a shared schema', { '../schemas/a.json' => '{"type": }' },
      'schemas/a.json:1:10', qr/./ ],

    [ 'an unknown file', { 'promt.md' => 'a' }, 'decide/promt.md',
      qr/unknown file/ ],
    [ 'an unknown directory', { 'text/a.md' => 'a' }, 'decide/text',
      qr/unknown directory/ ],
    [ 'a file that is too large', { 'prompt.md' => 'a' x 1048577 },
      'decide/prompt.md', qr/./ ],
    [ 'a name that would break the line', { "a\nb.md" => 'a' },
      'decide/a?b.md', qr/a\?b\.md/ ],
);

for my $case (@cases) {
    my ($name, $files, $place, $what, $away) = @$case;

    system('rm', '-rf', "$dir/agents");
    site($t, http => 'access_log off;', files => {
        map { ("decide/$_" => $files->{$_}) } keys %$files });
    rename "$dir/agents/decide", "$dir/agents/away" if $away;

    my ($code, $said) = $t->test_config();
    my @emerg = grep { /\[emerg\]/ } split /\n/, $said;

    ok($code != 0 && @emerg == 1, "$name: one line")
        or diag($said);

    my ($told) = map { /\[emerg\] (.*)/ } @emerg;

    like($told // '', qr{^agent\ "decide":\ \Q$dir\E/agents/\Q$place\E:\ .*$what
                         .*\ in\ \Q$dir\E/nginx\.conf:\d+$}x, "$name: what and where");
}


# the place in nginx.conf is that of "agent"

system('rm', '-rf', "$dir/agents");
site($t, agent => 'none@draft');

my @lines = split /\n/, $t->read_file('nginx.conf');
my ($line) = grep { $lines[$_ - 1] =~ /agent none\@draft;/ } 1 .. @lines;

like(($t->test_config())[1], qr/nginx\.conf:$line$/m, 'the line of "agent"');

# a good one, for comparison

site($t);
is(($t->test_config())[0], 0, 'the draft that was broken is good');

$t->done_testing();
