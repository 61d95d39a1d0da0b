package Test::Agent::Site;

# Copyright (C) the ngx_agent_module authors

# The site that most tests want: a typed agent, "decide", behind /run, with a
# scripted provider behind it.
#
#     my $t = Test::Agent->new()->plan(1);
#     my $p = Test::Agent::Provider->new($t, 'provider',
#                                        openai_reply('{"decision":"yes"}'));
#     site($t)->run();
#     is(run_agent('{"text":"hi"}')->status, 200, 'an answer');
#
# Options of site() add lines to a part of the configuration:
#
#     main, events, http, provider, route, server, location
#
# "files" => { path => text } adds or (undef) takes away files of the drafts'
# directory; "models" => [names] gives the route these models of the provider;
# "agent" => 'other@draft' is what /run serves.

use strict;
use warnings;

use Exporter 'import';

use Test::Agent ();

our @EXPORT = qw/ site run_agent problem /;

my %files = (
    'decide/agent.json' => '{"description": "Decides."}',
    'decide/prompt.md' => "Decide.\n",
    'decide/input.schema.json' => <<'JSON',
{
  "type": "object",
  "required": [ "text" ],
  "additionalProperties": false,
  "properties": {
    "text": { "type": "string", "maxLength": 100000 },
    "n": { "type": "number", "minimum": 0 },
    "tags": { "type": "array", "items": { "type": "string" } }
  }
}
JSON
    'decide/output.schema.json' => <<'JSON',
{
  "type": "object",
  "required": [ "decision" ],
  "additionalProperties": false,
  "properties": {
    "decision": { "enum": [ "yes", "no" ] },
    "score": { "type": "number" },
    "id": { "type": "integer" },
    "note": { "type": "string" }
  }
}
JSON
);


sub site {
    my ($t, %opt) = @_;

    my $dir = $t->testdir();
    my %all = (%files, %{$opt{files} || {}});

    mkdir "$dir/agents";
    chmod 0755, "$dir/agents";

    for my $path (sort keys %all) {
        next unless defined $all{$path};
        write_agent_file($t, $path, $all{$path});
    }

    my $models = join "\n", map { "        model p/$_;" }
                 @{$opt{models} || [ 'small' ]};
    my $agent = $opt{agent} || 'decide@draft';

    my %part = map { $_ => $opt{$_} // '' }
               qw/ main events http provider route server location /;

    $t->write_file_expand('nginx.conf', <<"CONF");
%%TEST_GLOBALS%%
$part{main}

events {
    $part{events}
}

http {
    %%TEST_GLOBALS_HTTP%%

    agent_drafts agents;
    agent_log %%TESTDIR%%/agents.log body=full;

    agent_provider p {
        dialect openai;
        pass    http://127.0.0.1:%%PORT_provider%%/v1;
        api_key "";
        model   small input=0.10 cached=0.01 output=0.50;
        model   other input=1 output=2;
        $part{provider}
    }

    agent_route small {
$models
        $part{route}
    }

    agent_route_default small;
    agent_auth off;

    $part{http}

    server {
        listen 127.0.0.1:%%PORT_http%%;
        $part{server}

        location = /run {
            agent $agent;
            $part{location}
        }

        location = /alive {
            return 200 "alive";
        }
    }
}
CONF

    return $t;
}


sub write_agent_file {
    my ($t, $path, $text) = @_;

    my $dir = $t->testdir() . '/agents';

    (my $parent = $path) =~ s{/[^/]*$}{};

    my $made = $dir;
    for my $part (split m{/}, $parent) {
        $made .= "/$part";
        mkdir $made;
        chmod 0755, $made;
    }

    $t->write_file("agents/$path", $text);
    chmod 0644, "$dir/$path";
}


sub run_agent {
    my ($body, $headers, %opt) = @_;

    return Test::Agent::http_post($opt{uri} || '/run', $body,
        { 'Content-Type' => 'application/json', %{$headers || {}} }, %opt);
}


# "status type" of a problem document, with what is wrong about it if it is none

sub problem {
    my ($r) = @_;

    my $type = $r->header('Content-Type') // 'no type';

    return $r->status . " is $type" if $type ne 'application/problem+json';

    my $doc = $r->json();

    return $r->status . ' has no document' unless ref $doc eq 'HASH';
    return $r->status . " but $doc->{status} in it"
        if $doc->{status} != $r->status;

    for my $member (qw/ type title execution /) {
        return $r->status . " without $member" unless length $doc->{$member};
    }

    (my $name = $doc->{type}) =~ s/.*://;

    return $r->status . " $name";
}


1;
