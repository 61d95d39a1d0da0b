#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Drafts are edited while they are served.

use strict;
use warnings;

use Test::More;
use Time::HiRes ();

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();

# tells the prompt that it was given

my $p = Test::Agent::Provider->new($t, 'provider', sub {
    my ($q) = @_;
    my ($system, $user) = map { $_->{content} } @{$q->{json}{messages}};

    my $note = JSON::PP->new->allow_nonref->encode($system);

    return openai_reply(qq/{"decision":"yes","note":$note}/,
                        delay => $user =~ /slow/ ? 1 : 0);
});

site($t, main => 'worker_processes 2;', server => <<'SERVER')->run();
        location = /two { agent decide@draft; }
SERVER

my $dir = $t->testdir();


# an edit is live, on both workers

is(prompt(), "Decide.\n", 'what was there at start');

edit('decide/prompt.md', "Decide, please.\n");
live("Decide, please.\n", 'an edit');
ok($t->waitforlog(qr/\[notice\].*agent "decide": draft is live, /),
   'the log tells');

my $digest = version();


# one that breaks leaves the last good one, with one line

edit('decide/agent.json', "{\n  \"owner\": \"a\",\n  \"foo\": 1\n}\n");
ok($t->waitforlog(qr/\[error\].*agent "decide": \S+agent\.json:3:3: /),
   'a broken edit is told with file, line and column');
is(prompt(), "Decide, please.\n", 'and the last good one is served');
is(version(), $digest, 'with its digest');

edit('decide/prompt.md', "Decide again.\n");
ok(wait_until(sub { 2 == (() = $t->error_log() =~ /\[error\].*agent\.json:3/g) }),
   'told again when files have changed');
is(prompt(), "Decide, please.\n", 'nothing of it is served');

edit('decide/agent.json', '{}');
live("Decide again.\n", 'until it is mended');
is(scalar(() = $t->error_log() =~ /\[error\].*agent "decide"/g), 2,
   'no line in between, and one of the two workers tells');


# a name that is no route of this nginx

edit('decide/agent.json', '{"route": "large"}');
ok($t->waitforlog(qr/agent\.json: "\/route": unknown route "large"; what was/),
   'an unknown route is an error');
edit('decide/agent.json', '{ }');


# executions that have begun finish with what they began with

my $from = $p->requests();
my $c = Test::Agent::HTTP->connect(port => port('http'));

$c->send_request('POST', '/run', '{"text":"slow"}',
                 { 'Content-Type' => 'application/json' });
$p->requests($from + 1);

edit('decide/prompt.md', "Decide now.\n");
live("Decide now.\n", 'an edit while an execution waits');

my $r = $c->read_response();
is($r->status, 200, 'which ends well');
is($r->json->{note}, "Decide again.\n", 'as it began');
isnt($r->header('Agent-Version'), version(), 'with the version of then');
$c->close();


# under load

my @load = map { $t->run_daemon(\&load, $_) } 1 .. 2;

for my $n (1 .. 5) {
    edit('decide/prompt.md', "Decide $n.\n");
    live("Decide $n.\n", "edit $n under load");
}

$t->write_file('stop', '');
wait_until(sub { -e "$dir/load.1" && -e "$dir/load.2" }, 20);

is($t->read_file("load.$_"), '200', "all is well for client $_") for 1 .. 2;


# a checkout writes for a while: nothing of what it is on the way to

my ($gap, $last, $until) = (0, Time::HiRes::time(), Time::HiRes::time() + 1.2);
my $log = length $t->error_log();

while ($last < $until) {
    edit('decide/agent.json', '{"broken":' . $last);
    my $now = Time::HiRes::time();
    $gap = $now - $last if $now - $last > $gap;
    $last = $now;
}

edit('decide/agent.json', '{}');
edit('decide/prompt.md', "Decided.\n");
live("Decided.\n", 'what a checkout ends with');

SKIP: {
    skip 'the machine stood still', 1 if $gap > 0.2;
    unlike(substr($t->error_log(), $log), qr/\[error\].*agent "decide"/,
           'what is on the way was never read');
}


# the directory is away, or is not for workers to read

rename "$dir/agents/decide", "$dir/away" or die "no rename: $!\n";
ok($t->waitforlog(qr/agent "decide": "\S+decide" can not be read, .*\(2: /),
   'a directory that is gone is told');
is(prompt(), "Decided.\n", 'and served on');

rename "$dir/away", "$dir/agents/decide" or die "no rename: $!\n";
edit('decide/prompt.md', "Decide here.\n");
live("Decide here.\n", 'it comes back');

SKIP: {
    skip 'not root', 2 if $> != 0 || $t->globals() !~ /user nobody/;

    chmod 0600, "$dir/agents/decide/prompt.md";
    ok($t->waitforlog(qr/\[error\].*agent "decide": \S+prompt\.md: /),
       'a file that workers may not read is told');
    is(prompt(), "Decide here.\n", 'and served on');
}

$t->stop();

my %pids = map { $_ => 1 }
    $t->error_log() =~ /\[notice\] (\d+)#\d+: agent "decide": draft/g;
is(scalar(keys %pids), 1, 'one worker tells, for the other it is [info]');

$t->done_testing();


sub edit {
    my ($path, $text) = @_;

    Test::Agent::Site::write_agent_file($t, $path, $text);
}


# what the provider is told

sub prompt {
    return run_agent('{"text":"hi"}')->json->{note};
}


sub version {
    return run_agent('{"text":"hi"}')->header('Agent-Version');
}


# until it is so many times in a row, which is from both workers

sub live {
    my ($text, $name) = @_;
    my $row = 0;

    wait_until(sub { $row = prompt() eq $text ? $row + 1 : 0; $row >= 12 });

    ok($row >= 12, "$name is live");
}


# requests until there is the file "stop"; what statuses there were

sub load {
    my ($i) = @_;
    my %seen;

    while (!-e "$dir/stop") {
        $seen{run_agent('{"text":"hi"}')->status}++;
    }

    $t->write_file("load.$i", join ' ', sort keys %seen);
}
