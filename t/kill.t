#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Workers that leave, one way or another, while executions run: reloads, a
# graceful end, and SIGKILL.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new()->allow(qr/exited on signal 9/);

# the answer is the question's, and comes later

my $echo = sub {
    my ($q) = @_;
    my $n = Test::Agent::decode($q->{json}{messages}[-1]{content})->{n};

    return openai_reply("{\"decision\":\"yes\",\"score\":$n}",
                        delay => 0.02 + $n % 4 * 0.02);
};

my $p = Test::Agent::Provider->new($t, 'provider', $echo);

site($t,
    main => 'worker_processes 2; worker_shutdown_timeout 20s;',
    events => 'accept_mutex off;',
)->run();


# Callers that call until they are told to stop.  What came back is a line of
# their file for each call.

my $round = 0;

sub load {
    $round++;

    unlink $t->testdir() . '/stop';

    return map {
        my $base = $_ * 100000;
        my $file = "load.$round.$_";

        [ $file, $t->run_daemon(sub { call($base, $file) }) ];
    } 1 .. 4;
}


sub call {
    my ($n, $file) = @_;

    open my $fh, '>', $t->testdir() . "/$file" or die;
    $fh->autoflush(1);

    while (!-e $t->testdir() . '/stop') {
        $n++;

        my $r = eval { run_agent("{\"text\":\"a\",\"n\":$n}") };
        my $what = !defined $r ? 'refused'
                   : !$r->status ? 'cut'
                   : $r->status != 200 ? $r->status
                   : $r->body eq "{\"decision\":\"yes\",\"score\":$n}" ? 'ok'
                   : 'another answer';

        print $fh "$what\n";
    }

    print $fh "end\n";
}


# what came back, by kind, once "some more" calls have

sub count {
    my (@load) = @_;

    my %n = (end => 0);

    for my $load (@load) {
        $n{$_}++ for split /\n/, $t->read_file($load->[0]);
    }

    return \%n;
}


sub more {
    my ($n, @load) = @_;

    my $from = count(@load)->{ok} // 0;

    return wait_until(sub { (count(@load)->{ok} // 0) >= $from + $n }, 10);
}


sub finish_load {
    my (@load) = @_;

    $t->write_file('stop', '');

    my $n;
    wait_until(sub { ($n = count(@load))->{end} == @load });
    delete $n->{end};

    $t->stop_daemon($_->[1]) for @load;

    return $n;
}


# a storm of reloads

my @load = load();
ok(more(20, @load), 'a load');

for my $n (1 .. 20) {
    $t->reload() or last;
}

ok(more(20, @load), 'goes on after 20 reloads');
is_deeply([ keys %{finish_load(@load)} ], [ 'ok' ],
          'and none of its calls has failed');
ok(wait_until(sub { 2 == (() = $t->children()) }, 10),
   'the old workers have left');


# workers that are killed: their calls are lost, and no other

@load = load();
ok(more(20, @load), 'a load');

for my $n (1 .. 6) {
    my ($pid) = $t->workers();
    kill 'KILL', $pid;
    wait_until(sub { !grep { $_ == $pid } $t->children() });
    ok(more(10, @load), "worker $n is killed, others serve");
}

wait_until(sub { $t->workers() == 2 });

my $count = finish_load(@load);
my $lost = $count->{cut} // 0;

is(join(' ', grep { $_ ne 'cut' } sort keys %$count), 'ok',
   'calls are served or cut');
cmp_ok($lost, '<=', 6 * @load, 'and few are cut');

my $records = $t->read_file('agents.log');
my $valid = grep { defined eval { Test::Agent::decode($_) } }
            split /\n/, $records;
is($valid, $records =~ tr/\n//, 'all records are whole');


# a graceful end waits for what runs

my $from = () = $p->requests();

my @clients = map {
    my $c = $t->connect('http');
    $c->send_request('POST', '/run', "{\"text\":\"a\",\"n\":$_}");
    $c;
} 3, 7, 11;

$p->requests($from + 3);
$t->signal('QUIT');

is(join(' ', map { $_->read_response(method => 'POST')->json()->{score} }
             @clients), '3 7 11', 'QUIT lets executions end');
ok(wait_until(sub { !-e $t->testdir() . '/nginx.pid' }), 'and then it is over');
is(() = $t->read_file('agents.log') =~ /\n/g, $valid + 3,
   'with their records');

$t->done_testing();
