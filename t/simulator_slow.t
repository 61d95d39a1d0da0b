#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The simulator takes its time: latencies, drips, cuts; and what happens to
# them when clients leave or do not read, and when workers do.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_simulator_module' ])
    ->has('simulator')->plan(44);

$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%

worker_processes 1;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    log_format status "$uri $status $body_bytes_sent";
    access_log %%TESTDIR%%/status.log status;

    server {
        listen 127.0.0.1:%%PORT_http%%;
        listen 127.0.0.1:%%PORT_small%% sndbuf=16k;
        client_max_body_size 2m;
        send_timeout 500ms;

        location /fast/ { agent_simulator openai; }
        location /late/ { agent_simulator openai latency=150ms; }
        location /uniform/ { agent_simulator openai latency=1ms..9ms; }
        location /lognormal/ {
            agent_simulator openai latency=lognormal:5ms,20ms;
        }
        location /lateerror/ { agent_simulator openai latency=20ms error=503; }
        location /never/ { agent_simulator openai latency=1h; }

        location /drip/ { agent_simulator openai drip=1ms; }
        location /pieces/ { agent_simulator openai drip=40/1ms latency=2ms; }
        location /stuck/ { agent_simulator openai drip=10/1h; }
        location /large/ { agent_simulator openai size=500k drip=8k/1ms; }
        location /cut/ { agent_simulator openai cut=1 drip=40/1ms; }
        location /largecut/ {
            agent_simulator openai cut=1 size=500k seed=3;
        }
        location /empty/ {
            agent_simulator openai malformed=1:empty drip=1/1ms;
        }
    }
}
CONF

$t->run();

# latencies

my $r = post('/late');

is($r->header('openai-processing-ms'), 150, 'latency: constant');
is($r->status, 200, 'latency: an answer');

my @draws = draws('/uniform', 50);

is((grep { $_ < 1 || $_ > 9 } @draws), 0, 'latency: uniform');
cmp_ok(distinct(@draws), '>', 5, 'latency: uniform, and different');

@draws = sort { $a <=> $b } draws('/lognormal', 50);

cmp_ok($draws[25], '<', 12, 'latency: lognormal');
cmp_ok($draws[-1], '>', 12, 'latency: lognormal, with a tail');

$r = post('/lateerror');

is($r->status . $r->header('openai-processing-ms'), '50320',
   'latency: of an error');

# in flight, side by side

my $never = start('/never');
my $late = start('/late');

is(post('/fast')->status, 200, 'others are served in the meantime');
ok($late->read_response()->complete, 'and each in its time');

# clients that leave

$never->close();
ok(logged(qr{^/never/\S+ 499 }m), 'a client leaves while it waits');

$never = start('/never');
$never->reset();
ok(logged(qr{(?:^/never/\S+ 499 .*){2}}ms), 'a client leaves by a reset');

my $c = start('/stuck');
$c->read_until(qr/\r\n\r\n/);
is($c->read_bytes(10), '{"id":"cha', 'a piece');
$c->close();
ok(logged(qr{^/stuck/\S+ 200 10$}m), 'a client leaves between pieces');

# drips

$c = $t->connect('http');

for my $path ('/drip', '/pieces', '/fast', '/drip') {
    $r = request($c, $path);

    ok($r->complete, "complete: $path");
    is($r->json->{object}, 'chat.completion', "unharmed: $path");
}

is(request($c, '/empty')->body, '', 'nothing, drop by drop');
is(request($c, '/fast')->status, 200, 'the connection is still good');
$c->close();

# cuts

$r = post('/cut');

ok(!$r->complete && length $r->body, 'a cut between pieces');

$c = $t->connect('small', rcvbuf => 4096);
$r = request($c, '/largecut');

ok(!$r->complete, 'a cut of a large answer');
cmp_ok(length $r->body, '>', 4096, 'what comes before it is sent');
ok($t->waitforlog(qr/simulator cut its answer at byte \d+ of \d+/),
   'a cut is logged');

# clients that do not read

$c = $t->connect('small', rcvbuf => 4096);
send_to($c, '/large');
$r = $c->read_response();

ok($r->complete, 'a slow reader gets all');
cmp_ok(length $r->body, '>', 512000, 'all of it');
is($r->json->{object}, 'chat.completion', 'unharmed');
$c->close();

$c = $t->connect('small', rcvbuf => 4096);
send_to($c, '/large');
ok($t->waitforlog(qr/client timed out.*while sending/),
   'a client that never reads');
$c->close();

# bodies in every way they come

my $body = body('Hello');

$c = $t->connect('http');
$c->send("POST /fast/chat/completions HTTP/1.1\r\nHost: a\r\n"
         . "Content-Length: " . length($body) . "\r\n\r\n");
$c->send(substr $body, 0, 20);
ok(!$c->eof(0.1), 'a body in two parts');
$c->send(substr $body, 20);
my $whole = $c->read_response();
is($whole->status, 200, 'a body in two parts: the answer');

$c->send("POST /fast/chat/completions HTTP/1.1\r\nHost: a\r\n"
         . "Transfer-Encoding: chunked\r\n\r\n"
         . join('', map { sprintf "%x\r\n%s\r\n", length, $_ }
                $body =~ /(.{1,7})/gs)
         . "0\r\n\r\n");
is(content($c->read_response()), content($whole), 'a chunked body');

my $long = body('Hello' x 200000);

is(length content(request($c, '/fast', $long)),
   length content(request($c, '/fast', $long)), 'a long body');
$c->send("POST /fast/chat/completions HTTP/1.1\r\nHost: a\r\n"
         . "Transfer-Encoding: chunked\r\n\r\n"
         . sprintf("%x\r\n%s\r\n0\r\n\r\n", length $long, $long));
is($c->read_response()->status, 200, 'a long chunked body');

is(request($c, '/fast', 'x' x 3000000)->status, 413, 'a body too long');

# two on a connection at once

$c = $t->connect('http');
send_to($c, '/pieces');
send_to($c, '/fast');
is($c->read_response()->status . $c->read_response()->status, '200200',
   'pipelined');

$r = http("POST /pieces/chat/completions HTTP/1.0\r\nContent-Length: "
          . length($body) . "\r\n\r\n$body");
ok($r->complete && $r->header('Connection') eq 'close', 'HTTP/1.0');

# HTTP/2

SKIP: {
    skip 'no curl or HTTP/2', 2
        unless $t->has_feature('curl') && $t->has_feature('http_v2');

    my $conf = $t->expand($t->read_file('nginx.conf'));
    my $port = Test::Agent::port('h2');

    $conf =~ s/(listen \S+ sndbuf)/listen 127.0.0.1:$port http2; $1/;
    $t->write_file('nginx.conf', $conf);
    $t->reload();

    my @args = ('--http2-prior-knowledge', '-d', $body);

    my ($answer, $code) = $t->curl(@args,
        "http://127.0.0.1:$port/pieces/chat/completions");
    is($answer->status . " $code " . $answer->json->{object},
       '200 0 chat.completion', 'HTTP/2: pieces');

    (undef, $code) = $t->curl(@args,
        "http://127.0.0.1:$port/cut/chat/completions");
    isnt($code, 0, 'HTTP/2: a cut');
}

# workers that leave

my @old = $t->workers();
my @waiting = map { start($_) } '/late', '/pieces', '/large';

$t->reload();

is((grep { $_->read_response()->complete } @waiting), 3,
   'answers are finished by the old worker');
$_->close() for @waiting;
ok(wait_until(sub { !grep { kill 0, $_ } @old }), 'then it leaves');

$never = start('/never');
$c = start('/stuck');
$c->read_until(qr/\r\n\r\n/);
$t->stop('TERM');
ok($never->eof, 'a worker that is told to leave at once does so');


sub body {
    my ($text) = @_;

    return Test::Agent::encode({ model => 'm',
        messages => [ { role => 'user', content => $text } ] });
}


sub post { return http_post("$_[0]/chat/completions", body('Hello')) }


sub request {
    my ($c, $path, $body) = @_;

    return $c->request('POST', "$path/chat/completions",
                       $body // body('Hello'));
}


sub send_to {
    my ($c, $path) = @_;

    return $c->send_request('POST', "$path/chat/completions", body('Hello'));
}


# sends a request on a connection of its own

sub start {
    my ($path) = @_;

    my $c = $t->connect('http');
    send_to($c, $path);

    return $c;
}


sub draws {
    my ($path, $n) = @_;

    my $c = $t->connect('http');
    my @draws = map { request($c, $path)->header('openai-processing-ms') }
        1 .. $n;
    $c->close();

    return @draws;
}


sub distinct {
    my %seen = map { $_ => 1 } @_;

    return scalar keys %seen;
}


sub content { return $_[0]->json->{choices}[0]{message}{content} }


sub logged {
    my ($re) = @_;

    return wait_until(sub { $t->read_file('status.log') =~ $re });
}
