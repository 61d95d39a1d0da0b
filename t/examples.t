#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Each example runs as it is and answers, and the tour in README is true to
# the letter: its commands are run as they stand there.  A copy is used, on
# ports that are free.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $t = Test::Agent->new()->has(qw/ simulator curl /);

my $root = Test::Agent::root();
my $dir = $t->testdir();
my $nginx = Test::Agent::binary();
my @started;

# where the examples and README expect it

mkdir "$dir/bin";
symlink $nginx, "$dir/bin/nginx";
symlink Test::Agent::modules(), "$dir/build";
$ENV{PATH} = "$dir/bin:$ENV{PATH}";

# -t exits without freeing, which is a leak to LeakSanitizer

$ENV{ASAN_OPTIONS} = join ':', grep { defined } $ENV{ASAN_OPTIONS},
    'detect_leaks=0';

my @files = grep { length && !/\.(?:log|pid)$/ } split /\n/,
    `cd '$root' && find conf.examples -type f`;

for my $file (@files) {
    $t->write_file($file, on_free_ports($t->read_file("$root/$file")));
}

# nginx that was built from source opens its first log there

mkdir "$dir/$_/logs" for map { m{^(.*)/nginx\.conf$} } @files;

system 'chmod', '-R', 'a+rX', "$dir/conf.examples";


# each example

for my $conf (sort grep { m{/nginx\.conf$} } @files) {
    my ($prefix, $name) = $conf =~ m{^((?:.*)/(.*))/};
    my $text = $t->read_file($conf);
    my ($port) = $text =~ /listen +127\.0\.0\.1:(\d+)/;
    my ($uri) = $text =~ m{location = (/\S+) \{\s*agent }s;

    my ($code, $said) = shell("nginx -t -p $prefix -c nginx.conf");
    is($code, 0, "$name: nginx -t") or diag($said);
    unlike($said, qr/\[(?:emerg|alert|crit|error)\]/, "$name: no error");

    start($port, "nginx -p $prefix -c nginx.conf");

    my $card = http_get($uri, {}, port => $port);
    is($card->status, 200, "$name: the card");

    my $r = http_post($uri, '{"title":"Road bike","description":"Old."}', {},
                      port => $port);
    is($r->status, 200, "$name: an answer");
    like($r->json()->{decision}, qr/^(?:approve|reject|review)$/,
         "$name: an output");
    like($r->header('Agent-Attempts'), qr/;outcome=ok;/, "$name: headers");
    like($r->header('Agent-Attempts'), qr/^\S+;outcome=overloaded;\S+, /,
         "$name: it fails over") if $name eq 'failover';

    my ($record) = $t->json_lines("$prefix/agents.log", 1);
    is($record->{id}, $r->header('Agent-Execution'), "$name: the record");

    stop("$prefix/nginx.pid");
    unlink "$dir/$prefix/agents.log";
}


# what the examples include, and do not

for my $file (grep { m{/provider-[a-z]+\.conf$} } @files) {
    my ($prefix, $name) = $file =~ m{^(.*)/(.*)$};

    (my $text = $t->read_file("$prefix/nginx.conf"))
        =~ s/include provider\.conf;/include $name;/;
    $t->write_file("$prefix/other.conf", $text);

    my ($variable) = $t->read_file($file) =~ /env:(\w+)/;
    local $ENV{$variable} = 'a-key';

    my ($code, $said) = shell("nginx -t -p $prefix -c other.conf");
    is($code, 0, "$name: nginx -t") or diag($said);
}


# the tour

my $readme = $t->read_file("$root/README.md");
my ($tour) = $readme =~ /^## A tour of sixty seconds\n(.*?)^## /ms;
my @blocks = $tour =~ /^```sh\n(.*?)^```/msg;

is(scalar @blocks, 3, 'the tour has three blocks of commands');

my ($build, $run) = split /\n/, $blocks[0];
my ($call) = $blocks[1];
my ($tail, $card, $kill) = map { s/\s+#.*//r } split /\n/, $blocks[2];
my $agent = 'conf.examples/minimal/agents/moderate-listing';

is($build, 'make', 'it begins with make');
ok($run =~ s/ &$//, 'nginx is started in the background');

start((on_free_ports('127.0.0.1:8080') =~ /(\d+)$/)[0], $run);

my $r = call($call);
is($r->status, 200, 'the call');
is($r->header('Content-Type'), 'application/json', 'is JSON');
is(join(' ', sort keys %{$r->json()}), 'confidence decision reasons',
   'the output and nothing else');

for my $name ($tour =~ /`(Agent-\w+)`/g) {
    ok(length $r->header($name), $name);
}

like($r->header('Agent-Usage'), qr/cost=0\.\d+/, 'with the exact cost');

# "Leave the title out"

(my $without = $call) =~ s/"title": "[^"]*", // or die 'no title';

$r = call($without);
is($r->status . ' ' . $r->header('Content-Type'),
   '422 application/problem+json', 'without the title');
is_deeply([ map { [ $_->{pointer}, $_->{keyword} ] } @{$r->json()->{errors}} ],
          [ [ '', 'required' ] ], 'what is wrong, with JSON pointers');

my ($record) = grep { $_->{id} eq $r->header('Agent-Execution') }
    $t->json_lines('conf.examples/minimal/agents.log', 2);
is("@{$record->{attempts}} $record->{cost}", ' 0', 'nothing was spent');

# "Edit prompt.md in that directory and post again"

my $before = digest(call($call));

like($before, qr/^[0-9a-f]{8}$/, 'a digest');
$t->write_file("$agent/prompt.md",
               $t->read_file("$agent/prompt.md") . "\nBe kind.\n");
ok(wait_until(sub { digest(call($call)) ne $before }), 'an edit is live');

# "Break output.schema.json"

my $good = digest(call($call));
my $schema = $t->read_file("$agent/output.schema.json");

(my $broken = $schema) =~ s/"enum": \[ "approve",/"enum": [ "approve"/
    or die 'no enum';
$t->write_file("$agent/output.schema.json", $broken);

my $place = qr{\Qmoderate-listing/output.schema.json\E:(\d+):(\d+)};
my ($line, $column);

ok(wait_until(sub {
    ($line, $column) = $t->read_file('daemons.log') =~ $place;
}), 'the error log says file, line and column');

is((split /\n/, $broken)[$line - 1] =~ /enum/, 1, 'the right line');

$r = call($call);
is($r->status . ' ' . digest($r), "200 $good", 'the last good version serves');

my ($code, $said) = shell("$run -t");
isnt($code, 0, 'nginx -t refuses it');
is(join(':', $said =~ $place), "$line:$column", 'and says the same');

$t->write_file("$agent/output.schema.json", $schema);

# the last block

$r = call($call);

($code, my $text) = shell($tail);
is(Test::Agent::decode($text)->{id}, $r->header('Agent-Execution'),
   'the record of the execution');

($code, $text) = shell($card);
is(join(' ', sort keys %{Test::Agent::decode($text)}),
   'description input_schema name output_schema version', "the agent's card");

shell($kill);
ok(wait_until(sub { !-e "$dir/conf.examples/minimal/nginx.pid" }),
   'and it ends');

my @bad = grep { /\[(?:alert|crit)\]|Sanitizer|runtime error:/ }
          split /\n/, $t->read_file('daemons.log');
is("@bad", '', 'no alert');

done_testing();


sub on_free_ports {
    my ($text) = @_;

    return $text =~ s/(127\.0\.0\.1):(\d{4})\b/"$1:" . port("example $2")/ger;
}


# a command as it stands in README, but for the port

sub shell {
    my ($command) = @_;

    my $ported = on_free_ports($command) =~ s/^curl /curl -s /r;
    my $out = `cd '$dir' && { $ported\n} 2>&1`;

    return ($? >> 8, $out);
}


sub call {
    my ($command) = @_;

    return Test::Agent::Response->parse((shell($command))[1]);
}


sub digest { return (($_[0]->header('Agent-Version') // '')
                     =~ /;digest=(\w+)/)[0] // '' }


sub start {
    my ($port, $command) = @_;

    my $pid = $t->run_daemon('/bin/sh', '-c', "cd '$dir' && exec $command");

    ok($t->waitforsocket("127.0.0.1:$port"), $command)
        or diag($t->read_file('daemons.log'));

    return $pid;
}


sub stop {
    my ($file) = @_;

    my ($pid) = $t->read_file($file) =~ /(\d+)/;
    $t->stop_daemon($pid, 'QUIT');
}
