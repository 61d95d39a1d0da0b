#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The log's file is moved away, under load, and nothing is lost or torn.

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

site($t, main => 'worker_processes 2;')->run();

my $dir = $t->testdir();


# a few, the file moved in between

run_agent('{"text":"hi"}');
$t->json_lines('agents.log', 1);

rename "$dir/agents.log", "$dir/agents.log.1" or die "can't rename: $!\n";

run_agent('{"text":"hi"}');
is(scalar $t->json_lines('agents.log.1', 2), 2,
   'the file that is open is written to');

ok($t->reopen(), 'reopened');

run_agent('{"text":"hi"}');
is(scalar $t->json_lines('agents.log', 1), 1, 'then the new one');
is(scalar $t->json_lines('agents.log.1'), 2, 'and not the old one');


# many at once

my @load = map { $t->run_daemon(\&load, $_, 150) } 1 .. 4;

for my $n (2 .. 5) {
    wait_until(sub { -s "$dir/agents.log" }, 20);
    rename "$dir/agents.log", "$dir/agents.log.$n" or die "no rename: $!\n";
    $t->reopen();
}

my @count;
wait_until(sub { @count = map { ids_of("load.$_") } 1 .. 4; @count == 600 }, 60);
is(scalar @count, 600, 'all were answered');

my %logged;

wait_until(sub {
    %logged = ();
    $logged{$_}++ for map { records("agents.log$_") } '', map { ".$_" } 1 .. 5;
    keys %logged >= 603;
});

is(scalar(keys %logged), 603, 'each has its record');
is(scalar(grep { $_ != 1 } values %logged), 0, 'exactly one');
is(scalar(grep { !$logged{$_} } @count), 0, 'its own');


# a reload has files of its own

my @old = $t->workers();
ok($t->reload(), 'reload');
run_agent('{"text":"hi"}') for 1 .. 3;
wait_until(sub { 606 == map { records("agents.log$_") } '', map { ".$_" } 1 .. 5 });
is(scalar(map { records("agents.log$_") } '', map { ".$_" } 1 .. 5), 606,
   'after a reload');

$t->done_testing();


# one connection, n requests; the ids go to a file

sub load {
    my ($i, $n) = @_;

    open my $fh, '>', "$dir/load.$i" or die;
    $fh->autoflush(1);

    my $c = Test::Agent::HTTP->connect(port => port('http'));

    for (1 .. $n) {
        my $r = $c->request('POST', '/run', '{"text":"' . 'x' x 1000 . '"}');
        print $fh $r->header('Agent-Execution'), "\n";
    }

    $c->close();
}


sub ids_of {
    my ($name) = @_;
    return $t->read_file($name) =~ /^(\S+)\n/mg;
}


# decode() dies of a line that is not whole

sub records {
    my ($name) = @_;

    return map { Test::Agent::decode($_)->{id} }
        $t->read_file($name) =~ /^(.*)\n/mg;
}
