#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# max_concurrency holds over all workers, and what a worker held that was
# killed comes back.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new()->allow(qr/exited on signal 9/);

my $good = openai_reply('{"decision":"yes"}');

my $p = Test::Agent::Provider->new($t, 'provider', $good);

my $limit = 4;

site($t,
    main => 'worker_processes 3;',
    events => 'accept_mutex off;',
    provider => "max_concurrency $limit; first_byte_timeout 60s;",
)->run();

sub send_all {
    my ($n) = @_;

    return map {
        my $c = $t->connect('http');
        $c->send_request('POST', '/run', '{"text":"a"}');
        $c;
    } 1 .. $n;
}


# Requests in flight at the provider, the most at any time, from its own
# account of "request" and "done".

sub most {
    my ($from) = @_;

    my ($now, $most) = (0, 0);
    my @events = $p->events();

    for my $e (@events[$from .. $#events]) {
        $now++ if $e->{event} eq 'request';
        $now-- if $e->{event} eq 'done';
        $most = $now if $now > $most;
    }

    return $most;
}


# a storm: never more than the limit, and the others are told at once

$p->replies(openai_reply('{"decision":"yes"}', delay => 0.05));

my (%status, $served);

for my $round (1 .. 5) {
    my @clients = send_all(24);

    for my $c (@clients) {
        my $r = $c->read_response(method => 'POST');

        $status{ $r->status == 200 ? '200' : problem($r) }++;
        $c->close;
    }
}

is(join(' ', sort keys %status), '200 503 unavailable', 'served or refused');
cmp_ok(most(0), '<=', $limit, 'never more than max_concurrency in flight');
cmp_ok($status{200}, '>=', $limit, 'as many as there are places are served');

# all places taken by requests that hang

sub fill {
    my $before = () = $p->requests();

    $p->replies({ hang => 0 });
    my @clients = send_all($limit);
    $p->requests($before + $limit);

    return @clients;
}


my @held = fill();
is(problem(run_agent('{"text":"a"}')), '503 unavailable', 'no place is left');
like(run_agent('{"text":"a"}')->header('Agent-Attempts'),
     qr/outcome=capacity/, 'for which capacity is the reason');

# a client that leaves gives its place back

(shift @held)->close;
$p->replies($good);
ok(wait_until(sub { run_agent('{"text":"a"}')->status == 200 }),
   'a client that leaves gives its place back');

# exactly so many requests may be in flight, and not one more

sub room_for {
    my ($n) = @_;

    $p->replies({ hang => 0 });

    my $before = () = $p->requests();
    my @clients = send_all($n);
    my $reached = () = $p->requests($before + $n, 1);
    my $more = run_agent('{"text":"a"}', { 'Agent-Timeout' => '1s' })->status;
    my $closed = grep { $_->{event} eq 'closed' } $p->events();

    $_->close for @clients;
    $p->wait_closed($closed + $reached - $before);

    return $reached == $before + $n && $more == 503;
}


# kill one worker after the other until none of the requests is left; each
# time as many places are free as clients were cut off

for my $pid ($t->workers()) {
    kill 'KILL', $pid;

    wait_until(sub { !grep { $_ == $pid } $t->children() });
    wait_until(sub { $t->workers() == 3 });

    @held = grep { !$_->eof(0.05) } @held;
    my $free = $limit - @held;

    ok(wait_until(sub { room_for($free) }),
       "what a killed worker held comes back: there is room for $free");
}

is(scalar @held, 0, 'all of them were killed');

# a reload keeps the count: old and new workers together

$p->replies($good);
wait_until(sub { run_agent('{"text":"a"}')->status == 200 });

@held = fill();
$t->reload();
is(problem(run_agent('{"text":"a"}')), '503 unavailable',
   'new workers count what the old ones hold');

$_->close for @held;
$p->replies($good);
ok(wait_until(sub { run_agent('{"text":"a"}')->status == 200 }),
   'until that is over');

$t->done_testing();
