#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The execution record: its fields, their order, and for whom there is one.

use strict;
use warnings;

use IO::Socket::INET ();
use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my @fields = qw/ time id agent alias version digest consumer team tags outcome
    status error cache degraded route provider model input_tokens
    cached_tokens output_tokens
    cost usage_source duration_ms ttft_ms queue_ms attempts validation limits
    format trace_id span_id remote_addr request_id /;

my @attempt = qw/ provider model kind outcome status ms ttft_ms input_tokens
    output_tokens cost request_id detail /;

my $t = Test::Agent->new();
my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

my $syslog = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1',
    LocalPort => port('syslog', udp => 1)) or die "no syslog: $@\n";

site($t, models => [ 'small', 'other' ], http => <<'CONF', server => <<'SERVER'
    agent_log %%TESTDIR%%/http.log;
    log_format id $request_id;
    map $agent_outcome $bad { ok ""; default 1; }
CONF
        location = /auth {
            agent decide@draft;
            agent_auth $http_x_user team=$http_x_team;
            access_log %%TESTDIR%%/ids.log id;
        }

        location = /off  { agent decide@draft; agent_log off; }
        location = /zero { agent decide@draft; agent_log %%TESTDIR%%/some.log
                                                         sample=0; }
        location = /one  { agent decide@draft; agent_log %%TESTDIR%%/some.log
                                                         sample=1; }
        location = /half { agent decide@draft; agent_log %%TESTDIR%%/half.log
                                                         sample=0.5; }
        location = /bad  { agent decide@draft; agent_log %%TESTDIR%%/bad.log
                                                         if=$bad; }
        location = /sys  { agent decide@draft; agent_log
            syslog:server=127.0.0.1:%%UDP_PORT_syslog%%,tag=agents body=full; }

        location = /both {
            agent decide@draft;
            agent_log  %%TESTDIR%%/both.log;
            access_log %%TESTDIR%%/both.log;
        }

        location = /buffered {
            agent decide@draft;
            access_log %%TESTDIR%%/buffered.log combined buffer=64k flush=1s;
            agent_log  %%TESTDIR%%/buffered.log;
        }
SERVER
);

# the site's own agent_log is for the http level: here it is below

(my $conf = $t->read_file('nginx.conf')) =~ s/^\s+agent_log \S+ body=full;//m;
$t->write_file('nginx.conf', $conf);
$t->run();

my $n = 0;


# what is true of an execution that went well

my $r = run_agent('{"text":"hi"}', { 'Agent-Tags' => 'project=x-1, user=42' });
my ($line, $record) = record('http.log');

is(join(' ', keys_of($line, 1)), "@fields", 'the fields in their order');
is(join(' ', keys_of(($line =~ /"attempts":\[(\{.*?\})\]/)[0], 1)),
   "@attempt", "the fields of an attempt");

like($record->{time}, qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$/, 'time');
is($record->{id}, $r->header('Agent-Execution'), 'id');
is("$record->{agent} $record->{alias} $record->{version}",
   'decide draft draft', 'agent');
like($record->{digest}, qr/^[0-9a-f]{64}$/, 'digest');
is_deeply($record->{tags}, { project => 'x-1', user => '42' }, 'tags');
is("$record->{outcome} $record->{status}", 'ok 200', 'outcome');
is($record->{error}, undef, 'no error');
is("$record->{route} $record->{provider} $record->{model}", 'small p p/small',
   'who answered');
is($record->{usage_source}, 'provider', 'where the usage is from');
like($line, qr/"cost":0\.0000035,/, 'the cost is an exact decimal');
is_deeply($record->{validation}, { input => 'ok', output => 'ok',
                                   repairs => 0, errors => [] }, 'validation');
is($record->{format}, 'json_schema', 'the mechanism');
is(length $record->{trace_id}, 32, 'the trace');
is($record->{remote_addr}, '127.0.0.1', 'the address');
is($record->{request_id}, undef, 'no request id that nobody has seen');
ok($record->{duration_ms} >= $record->{attempts}[0]{ms}, 'durations');
is($record->{attempts}[0]{request_id}, 'req_test', "the provider's own id");
unlike($line, qr/"hi"|"yes"|"truncated"/, 'no bodies');


# failures: of the first model, of all, of the caller

$p->replies(openai_error(429, 'rate_limit', 'slow down please'),
            openai_reply("```json\n{\"decision\":\"no\"}\n```"));
run_agent('{"text":"hi"}');
($line, $record) = record('http.log');

is("$record->{outcome} $record->{model}", 'ok p/other', 'failover');
is(join(' ', map { "$_->{kind}:$_->{outcome}:$_->{status}" }
             @{$record->{attempts}}),
   'first:rate_limited:429 failover:ok:200', 'both attempts');
like($record->{attempts}[0]{detail}, qr/slow down please$/,
     "the provider's words");
is($record->{attempts}[0]{input_tokens}, undef, 'usage that is not known');
is($record->{extracted}, JSON::PP::true(), 'extracted');

$p->replies(openai_error(500, 'oops', 'oops'));
run_agent('{"text":"hi"}');
($line, $record) = record('http.log');

is("$record->{outcome} $record->{status} $record->{error}",
   'failed 502 server_error', 'all models failed');
is($record->{ttft_ms}, undef, 'no first byte');
is($record->{usage_source}, undef, 'no usage');

for my $case (
    [ '{"bad', 400, 'invalid-json' ],
    [ '{"text":"a","bad":1}', 422, 'invalid-input' ],
    [ '{"text":"a"}', 400, 'invalid-header', { 'Agent-Tags' => 'no pair' } ])
{
    my ($body, $status, $error, $headers) = @$case;

    is(run_agent($body, $headers)->status, $status, "$error is answered");
    ($line, $record) = record('http.log');
    is("$record->{outcome} $record->{status} $record->{error}",
       "rejected $status $error", "$error is recorded");
}

is(run_agent('{"text":"a","bad":1}')->status, 422, 'invalid input again');
($line, $record) = record('http.log');
is($record->{validation}{input}, 'invalid', 'validation of the input');
ok(length $record->{validation}{errors}[0]{message}, 'with its errors');


# who is there, and who is refused

$p->replies(openai_reply('{"decision":"yes"}'));

run_agent('{"text":"hi"}', { 'X-User' => 'shop', 'X-Team' => 'web' },
          uri => '/auth');
($line, $record) = record('http.log');

is("$record->{consumer} $record->{team}", 'shop web', 'consumer and team');
wait_until(sub { -s $t->testdir() . '/ids.log' });
is("$record->{request_id}\n", $t->read_file('ids.log'),
   'the request id that something else has shown');

is(run_agent('{"text":"hi"}', {}, uri => '/auth')->status, 401, 'refused');
($line, $record) = record('http.log');
is("$record->{outcome} $record->{status} $record->{error}",
   'rejected 401 unauthenticated', 'a refusal is recorded');
is($record->{trace_id}, undef, 'and has no trace');


# a client that leaves

$p->replies({ hang => 0 });

my $c = Test::Agent::HTTP->connect(port => port('http'));
my $before = $p->requests();
$c->send_request('POST', '/run', '{"text":"hi"}',
                 { 'Content-Type' => 'application/json' });
$p->requests($before + 1);
$c->close();

($line, $record) = record('http.log');
is("$record->{outcome} $record->{status} $record->{error}",
   'cancelled 499 cancelled', 'a client that left');
is($record->{attempts}[0]{outcome}, 'cancelled', 'with its attempt');

$p->replies(openai_reply('{"decision":"yes"}'));


# for whom there is none

http_get('/run');
is(http("DELETE /run HTTP/1.1\nHost: a\nConnection: close\n\n")->status, 405,
   'another method');
is(run_agent('{"text":"hi"}', {}, uri => '/off')->status, 200, 'agent_log off');
run_agent('{"text":"hi"}');
record('http.log');
is(scalar $t->json_lines('http.log'), $n, 'no record of these three');

run_agent('{"text":"hi"}', {}, uri => $_) for qw( /zero /one /zero );
is(scalar $t->json_lines('some.log', 1), 1, 'the ends of sample=');

my @ids = map { run_agent('{"text":"hi"}', {}, uri => '/half')
                ->header('Agent-Execution') } 1 .. 40;
my %kept = map { $_->{id} => 1 } $t->json_lines('half.log', 1);
ok(%kept > 0 && %kept < 40, 'half of them: ' . %kept);
is(scalar(grep { $kept{$_} } @ids), scalar(keys %kept), 'and whole ones');

run_agent($_, {}, uri => '/bad') for '{"text":"a"}', '{"bad', '{"text":"a"}';
($record) = $t->json_lines('bad.log', 1);
is($record->{error}, 'invalid-json', 'if=');
is(scalar $t->json_lines('bad.log'), 1, 'if= passes nothing else');


# syslog, and files that nginx's own log has, too

run_agent('{"text":"hi"}', {}, uri => '/sys');
my $message = receive($syslog);
like($message, qr/^<190>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ agents: \{"time":/,
     'a message to syslog');
$message =~ s/^.*?: (?=\{)//;
is(Test::Agent::decode($message)->{input}{text}, 'hi', 'its record');

run_agent('{"text":"' . 'x' x 20000 . '"}', {}, uri => '/sys');
$message = receive($syslog);
ok(length $message <= 8192, 'a long message is cut');
$message =~ s/^.*?: (?=\{)//;
is(Test::Agent::decode($message)->{truncated}, JSON::PP::true(), 'and whole');

for my $name (qw/ both buffered /) {
    run_agent('{"text":"hi"}', {}, uri => "/$name") for 1 .. 3;
    wait_until(sub { 6 == (() = $t->read_file("$name.log") =~ /\n/g) });
    my @lines = split /\n/, $t->read_file("$name.log");
    is(scalar(grep { /^\{.*\}$/ } @lines), 3, "$name: the records");
    is(scalar(grep { /"POST / } @lines), 3, "$name: the lines of access_log");
}


# nothing that is held back, and nothing that is lost at the end

run_agent('{"text":"hi"}') for 1 .. 20;
$n += 20;
$t->stop();
is(scalar $t->json_lines('http.log'), $n, 'all are there after the end');

$t->done_testing();


# the next line of a file

sub record {
    my ($name) = @_;

    $n++;
    wait_until(sub { $n <= (() = $t->read_file($name) =~ /\n/g) });

    my @lines = split /\n/, $t->read_file($name);
    is(scalar @lines, $n, "record $n") if @lines != $n;

    return ($lines[-1], Test::Agent::decode($lines[-1]));
}


# the names of an object's members, in the order of its text

sub keys_of {
    my ($text, $depth) = @_;
    my ($level, @keys) = (0);

    while ($text =~ /"((?:[^"\\]|\\.)*)"(:?)|([{\[])|([}\]])/g) {
        $level += defined $3 ? 1 : defined $4 ? -1 : 0;
        push @keys, $1 if $2 && $level == $depth;
    }

    return @keys;
}


sub receive {
    my ($socket) = @_;

    my $in = '';
    vec($in, fileno $socket, 1) = 1;
    return '' unless select $in, undef, undef, 5;

    recv $socket, my $text, 65536, 0;

    return $text;
}
