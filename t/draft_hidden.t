#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Drafts below a directory that workers may not enter, as those of a checkout
# in /root: an edit is live all the same.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;

my $t = Test::Agent->new()->has('root');
my $p = Test::Agent::Provider->new($t, 'provider', openai_reply('an answer'));
my $dir = $t->testdir;

for my $path ('closed', 'closed/agents', 'closed/agents/poet') {
    mkdir "$dir/$path";
    chmod 0755, "$dir/$path";
}

$t->write_file('closed/agents/poet/agent.json', '{}');
$t->write_file('closed/agents/poet/prompt.md', 'One.');
chmod 0700, "$dir/closed";

$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%
events {}
http {
    %%TEST_GLOBALS_HTTP%%
    agent_drafts closed/agents;
    agent_provider p { dialect openai; api_key ""; model small;
                       pass http://127.0.0.1:%%PORT_provider%%/v1; }
    agent_route small { model p/small; }
    agent_route_default small;
    agent_auth off;
    server {
        listen 127.0.0.1:%%PORT_http%%;
        location = /run { agent poet@draft; }
        location ~ ^/any/(.+)$ { agent $1@draft; }
    }
}
CONF
$t->run();

sub prompt {
    my ($uri) = @_;

    http_post($uri || '/run', '{"text":"a"}',
              { 'Content-Type' => 'application/json' });
    return $p->last->{json}{messages}[0]{content};
}

is(prompt(), 'One.', 'the draft as it was at the start');

$t->write_file('closed/agents/poet/prompt.md', 'Two.');
ok(wait_until(sub { prompt() eq 'Two.' }), 'an edit is live');

mkdir "$dir/closed/agents/singer";
chmod 0755, "$dir/closed/agents/singer";
$t->write_file('closed/agents/singer/agent.json', '{}');
$t->write_file('closed/agents/singer/prompt.md', 'Sing.');
ok(wait_until(sub { prompt('/any/singer') eq 'Sing.' }), 'a new one is found');

ok($t->reload(), 'after a reload');
$t->write_file('closed/agents/poet/prompt.md', 'Three.');
ok(wait_until(sub { prompt() eq 'Three.' }), 'an edit is live');

$t->done_testing();
