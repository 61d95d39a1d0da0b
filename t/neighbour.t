#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Another site of the same nginx, with one worker: it is served while agents'
# executions hang, drip, flood and fail around it.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();
my $good = openai_reply('{"decision":"yes"}');

# what a provider does is told by the question

my $do = sub {
    my ($q) = @_;
    my $json = [ 'Content-Type: application/json' ];
    my $what = Test::Agent::decode($q->{json}{messages}[-1]{content})->{text};

    return { hang => 0 } if $what eq 'hang';
    return { %$good, hang => 'head' } if $what eq 'head';
    return { %$good, hang => 300 } if $what eq 'half';
    return { %$good, bytewise => 1, pause => 0.05 } if $what eq 'drip';
    return { headers => $json, body => ' ' x 3_000_000, hang => 3_000_000 }
        if $what eq 'flood';
    return { headers => $json, body => ' ' x 10_000_000, chunked => [ 7 ],
             hang => 3_000_000 } if $what eq 'chunks';
    return { cut => 0 } if $what eq 'cut';
    return { raw => "garbage\r\n\r\n" } if $what eq 'garbage';
    return $good;
};

my $p = Test::Agent::Provider->new($t, 'provider', $do);

site($t,
    main => 'worker_processes 1;',
    provider => 'first_byte_timeout 60s; idle_timeout 60s;',
    route => 'timeout 120s;',
    server => '
        location /files/ { }
        location /proxy { proxy_pass http://127.0.0.1:%%PORT_http%%/alive; }
    ',
);
$t->write_file('files/page', 'x' x 200_000);
chmod 0755, $t->testdir() . '/files';
$t->run();

my @workers = $t->workers();

sub neighbours {
    my ($name, $n) = @_;

    my %got;

    for (1 .. $n) {
        $got{http_get('/alive')->body}++;
        $got{http_get('/proxy')->body}++;
        $got{length http_get('/files/page')->body}++;
    }

    is_deeply(\%got, { alive => 2 * $n, 200_000 => $n }, $name);
}


sub begin {
    my ($what, $n) = @_;

    return map {
        my $c = $t->connect('http');
        $c->send_request('POST', '/run', "{\"text\":\"$what\"}");
        $c;
    } 1 .. $n;
}


neighbours('on its own', 3);

my (@all, $requests);

for my $row ([ hang => 50 ], [ head => 10 ], [ half => 10 ], [ drip => 10 ],
             [ flood => 3 ], [ chunks => 3 ])
{
    my ($what, $n) = @$row;

    push @all, begin($what, $n);
    $requests += $n;

    is(() = $p->requests($requests), $requests, "$n that $what");
    neighbours("others are served while they $what", 3);
}

# and while others fail at once

for my $what (qw/ cut garbage good /) {
    my @some = begin($what, 20);

    neighbours("others are served while some are $what", 3);

    my @statuses = map { $_->read_response(method => 'POST')->status } @some;
    my $expected = $what eq 'good' ? 200 : 502;

    is((scalar grep { $_ == $expected } @statuses), 20, "all of them $expected");
    $_->close for @some;
}

# requests that are wrong in every way

my @slow = map { $t->connect('http') } 1 .. 20;

$_->send("POST /run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
         . "Content-Length: 1000\r\n\r\n{\"text\":\"") for @slow;

for my $body ('[' x 100_000, '{"a":' x 10_000, '"' . '\\u0000' x 100_000 . '"',
              '[' . '1,' x 300_000 . '1]', '9' x 900_000,
              '{' . join(',', map { "\"k$_\":1" } 1 .. 20_000) . '}')
{
    my $c = $t->connect('http');
    $c->send_request('POST', '/run', $body);
    neighbours('others are served beside ' . substr($body, 0, 10), 1);
    like($c->read_response(method => 'POST')->status, qr/^4/, 'refused');
    $c->close;
}

# the first fifty still wait: all this was in between

my @waiting = grep { !$_->eof(0.001) && !length $_->{in} } @all[0 .. 49];
is(scalar @waiting, 50, 'all this was while fifty hang');

$_->close for @slow;
$_->reset for splice @all, 0, 20;
neighbours('others are served while they leave', 3);
$_->close for @all;

neighbours('and at the end', 3);
is(run_agent('{"text":"good"}')->status, 200, 'where all is well');
is_deeply([ $t->workers() ], \@workers, 'the same worker');

$t->done_testing();
