#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# What a typed call costs beside a plain proxy_pass with keepalive, to the same
# simulator: 2 KB in, 1 KB out, everything on.  Rounds are interleaved, so that
# a noisy machine is noisy for both; CPU time of the front's worker a request,
# from schedstat, stands beside the rates, since it hardly moves with noise.
#
#     bench/typed.pl              all of these, one after the other
#     bench/typed.pl -t           throughput, two CPUs
#     bench/typed.pl -1           added latency, one CPU
#     bench/typed.pl -m           memory a waiting execution
#     bench/typed.pl -g           growth over a million calls
#
# Options: -r rounds (5), -s seconds of each (3), -c connections (64).
# The front runs on CPU 0; wrk and the provider's nginx on CPU 1 (with -1 all
# on CPU 0).  Needs wrk, taskset, and the modules in build/.

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use File::Temp ();
use Getopt::Std ();
use IO::Socket::INET ();
use JSON::PP ();
use Time::HiRes ();

my %opt = (r => 5, s => 3);
Getopt::Std::getopts('r:s:t1mgc:', \%opt) or die "see the head of the file\n";

if (!grep { $opt{$_} } qw/ t 1 m g /) {
    for my $mode (qw/ -t -1 -m -g /) {
        print "-- $mode\n";
        system($^X, $0, $mode, '-r', $opt{r}, '-s', $opt{s}) == 0 or exit 1;
    }

    exit;
}

my $root = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/..');
my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $modules = $ENV{TEST_NGINX_MODULES} || "$root/build";
my $dir = File::Temp::tempdir('agent-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $connections = $opt{c} || ($opt{1} ? 1 : 64);
my ($front_cpu, $load_cpu) = $opt{1} ? (0, 0) : (0, 1);
my %port = map { $_ => free_port() } qw/ agent proxy provider /;
my @pids;

chmod 0755, $dir;
END { kill 'TERM', @pids if @pids; waitpid $_, 0 for @pids }
$SIG{INT} = $SIG{TERM} = sub { exit 1 };

write_agent();

my %input = (
    title => 'Road bike, frame size 56, ten years old',
    description => 'The bike was ridden on weekends only. ' x 44,
    category => 'sports', price => { amount => 249.5, currency => 'EUR' },
);

my $json = JSON::PP->new->canonical;
my $input = $json->encode(\%input);

server('provider', $load_cpu, provider_conf());
my %worker = map { $_ => server($_, $front_cpu, front_conf($_)) }
             qw/ agent proxy /;

# the plain call sends what the agent would send: the provider sees the same

my $chat = composed_request();

my %request = (
    agent => [ "http://127.0.0.1:$port{agent}/run", $input ],
    proxy => [ "http://127.0.0.1:$port{proxy}/v1/chat/completions", $chat ],
);

write_lua($_, $request{$_}[1]) for keys %request;

my %answer = map { $_ => fetch($_) } keys %request;
compare(\%answer);

printf "typed input %d bytes, composed request %d bytes, provider's answer "
       . "%d bytes, output %d bytes\n",
       length $input, length $chat, length $answer{proxy},
       length $answer{agent};

if ($opt{m}) {
    waiting();

} elsif ($opt{g}) {
    growth();

} else {
    rounds();
}


sub rounds {
    my %all;

    for my $round (1 .. $opt{r}) {
        for my $what ($round % 2 ? qw/ proxy agent / : qw/ agent proxy /) {
            push @{$all{$what}}, load($what, $opt{s});
        }
    }

    printf "%-8s %10s %12s %10s %10s\n", '', 'req/s', 'CPU us/req', 'p50 us',
           'p99 us';

    my %m;

    for my $what (qw/ proxy agent /) {
        for my $key (qw/ rate cpu p50 p99 /) {
            $m{$what}{$key} = median(map { $_->{$key} } @{$all{$what}});
        }

        printf "%-8s %10.0f %12.2f %10.1f %10.1f\n", $what,
               @{$m{$what}}{qw/ rate cpu p50 p99 /};
    }

    printf "ratio    %10.3f %12.3f\n", $m{agent}{rate} / $m{proxy}{rate},
           $m{proxy}{cpu} / $m{agent}{cpu};
    printf "added p50 %+.1f us\n", $m{agent}{p50} - $m{proxy}{p50};
}


sub load {
    my ($what, $seconds) = @_;

    my $before = cpu($worker{$what});
    my $out = `taskset -c $load_cpu wrk -t1 -c$connections -d${seconds}s --latency -s $dir/$what.lua $request{$what}[0]`;
    my $used = cpu($worker{$what}) - $before;

    die "answers with errors:\n$out" if $out =~ /Non-2xx|Socket errors/;

    my ($n) = $out =~ /(\d+) requests in/ or die "no figures:\n$out";
    my ($rate) = $out =~ m{Requests/sec:\s+([\d.]+)};

    return { rate => $rate, cpu => $used / 1000 / $n,
             p50 => quantile($out, '50.000'), p99 => quantile($out, '99.000'),
             n => $n };
}


# the memory that executions hold while their provider thinks

sub waiting {
    my $n = 2000;
    my $before = rss($worker{agent});
    my @sockets;

    for (1 .. $n) {
        my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                      PeerPort => $port{agent}) or die $!;
        print $s "POST /slow HTTP/1.1\r\nHost: a\r\n"
               . "Content-Type: application/json\r\n"
               . 'Content-Length: ' . length($input) . "\r\n\r\n$input";
        push @sockets, $s;
    }

    Time::HiRes::sleep(0.1)
        until established("127.0.0.1:$port{provider}") >= $n;

    my $after = rss($worker{agent});

    printf "%d waiting executions: %.1f KB each (worker %d KB before)\n", $n,
           ($after - $before) / $n, $before;
}


sub growth {
    my @rss;
    my $n = 0;

    load('agent', 5);
    push @rss, rss($worker{agent});

    while ($n < 1_000_000) {
        $n += load('agent', 10)->{n};
        push @rss, rss($worker{agent});
    }

    printf "%d calls: worker %d KB before, %d KB after\n", $n, $rss[0],
           $rss[-1];
}


sub established {
    my ($peer) = @_;

    my ($host, $port) = split /:/, $peer;
    my $hex = sprintf ':%04X', $port;
    open my $fh, '<', '/proc/net/tcp';
    return scalar grep { /^\s*\d+: \S+ \S+$hex 01 / } <$fh>;
}


sub quantile {
    my ($out, $q) = @_;

    $q =~ s/\.0+$//;
    my ($n, $unit) = $out =~ /^\s+$q%\s+([\d.]+)(us|ms|s)/m or return 0;
    return $n * { us => 1, ms => 1000, s => 1_000_000 }->{$unit};
}


sub median { return (sort { $a <=> $b } @_)[@_ / 2] }


sub cpu {
    my ($pid) = @_;

    my $sum = 0;

    for my $file (glob "/proc/$pid/task/*/schedstat") {
        open my $fh, '<', $file or next;
        $sum += (split ' ', <$fh>)[0];
    }

    return $sum;
}


sub rss {
    my ($pid) = @_;

    open my $fh, '<', "/proc/$pid/status" or die $!;
    my ($kb) = join('', <$fh>) =~ /^VmRSS:\s+(\d+)/m;
    return $kb;
}


sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die $!;
    return $s->sockport;
}


# starts an nginx pinned to a CPU; returns its worker

sub server {
    my ($name, $cpu, $conf) = @_;

    mkdir "$dir/$name";
    chmod 0755, "$dir/$name";
    write_file("$name/nginx.conf", $conf);

    my $pid = fork() // die $!;

    if ($pid == 0) {
        exec 'taskset', '-c', $cpu, $nginx, '-p', "$dir/$name/", '-c',
             "$dir/$name/nginx.conf", '-e', "$dir/$name/error.log" or exit 127;
    }

    push @pids, $pid;

    for (1 .. 100) {
        my @children = split ' ', slurp("/proc/$pid/task/$pid/children");
        return $children[0] if @children && -s "$dir/$name/nginx.pid";
        Time::HiRes::sleep(0.05);
    }

    die slurp("$dir/$name/error.log");
}


sub slurp {
    my ($path) = @_;

    open my $fh, '<', $path or return '';
    local $/;
    return scalar(<$fh>) // '';
}


sub write_file {
    my ($name, $text) = @_;

    open my $fh, '>', "$dir/$name" or die "$name: $!";
    print $fh $text;
    close $fh;
}


sub globals {
    my ($name) = @_;

    return <<"CONF" . ($name eq 'proxy' ? '' : <<"CONF");
daemon off;
pid nginx.pid;
error_log error.log notice;
worker_processes 1;
worker_rlimit_nofile 20000;
CONF
load_module $modules/ngx_http_agent_module.so;
load_module $modules/ngx_http_agent_simulator_module.so;
CONF
}


sub http_globals {
    my ($name) = @_;

    my $temp = join "\n    ", map { "${_}_temp_path $dir/$name;" }
               qw/ client_body proxy fastcgi uwsgi scgi /;

    return "access_log off;\n    keepalive_requests 10000000;\n"
           . "    client_header_buffer_size 4k;\n"
           . "    client_body_buffer_size 16k;\n    $temp";
}


sub provider_conf {
    return globals('provider') . <<"CONF";
events { worker_connections 10000; }
http {
    ${\ http_globals('provider') }
    server {
        listen 127.0.0.1:$port{provider} backlog=4096;
        location /v1/ { agent_simulator openai seed=1 size=1k; }
        location /slow/ { agent_simulator openai seed=1 latency=600s; }
    }
}
CONF
}


sub front_conf {
    my ($name) = @_;

    my $provider = "127.0.0.1:$port{provider}";

    return globals($name) . ($name eq 'proxy' ? <<"CONF" : <<"CONF2");
events { worker_connections 10000; }
http {
    ${\ http_globals($name) }
    upstream provider { server $provider; keepalive 64;
                        keepalive_requests 10000000; }
    server {
        listen 127.0.0.1:$port{proxy} backlog=4096;
        location / {
            proxy_pass http://provider;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
CONF
events { worker_connections 10000; }
http {
    ${\ http_globals($name) }
    agent_drafts $dir/agents;
    agent_log agents.log;
    agent_provider p { dialect openai; pass http://$provider/v1; api_key "";
        keepalive 64; model small input=0.10 cached=0.01 output=0.50; }
    agent_provider slow { dialect openai; pass http://$provider/slow;
        api_key ""; first_byte_timeout 600s; model small; }
    agent_route small { model p/small; timeout 600s; }
    agent_route slow { model slow/small; timeout 600s; }
    agent_route_default small;
    agent_auth \$consumer;
    map "" \$consumer { default bench; }
    server {
        listen 127.0.0.1:$port{agent} backlog=4096;
        location = /run { agent listing\@draft; }
        location = /slow { agent listing\@draft; agent_route_default slow; }
    }
}
CONF2
}


# the agent of the example, with an output of about a kilobyte

sub write_agent {
    mkdir "$dir/agents";
    mkdir "$dir/agents/listing";
    chmod 0755, "$dir/agents", "$dir/agents/listing";

    my $from = "$root/conf.examples/minimal/agents/moderate-listing";

    write_file('agents/listing/agent.json', '{}');
    write_file('agents/listing/prompt.md', "Decide by the policy.\n");
    write_file('agents/listing/input.schema.json',
               slurp("$from/input.schema.json"));
    write_file('agents/listing/output.schema.json', <<'JSON');
{ "type": "object", "required": [ "decision", "reasons", "note" ],
  "additionalProperties": false,
  "properties": {
    "decision": { "enum": [ "approve", "reject", "review" ] },
    "note": { "type": "string", "maxLength": 4000 },
    "reasons": { "type": "array", "minItems": 4, "maxItems": 4, "items": {
        "type": "object", "required": [ "rule", "quote" ],
        "additionalProperties": false,
        "properties": {
          "rule": { "enum": [ "weapons", "animals", "medicine" ] },
          "quote": { "type": "string", "maxLength": 500 }
        } } }
  } }
JSON
}


sub write_lua {
    my ($name, $body) = @_;

    write_file("$name.lua", "wrk.method = 'POST'\n"
        . "wrk.headers['Content-Type'] = 'application/json'\n"
        . "wrk.body = [==[$body]==]\n");
}


sub fetch {
    my ($what) = @_;

    my ($url, $body) = @{$request{$what}};
    my ($port, $path) = $url =~ m{:(\d+)(/.*)};

    return post($port, $path, $body);
}


sub post {
    my ($port, $path, $body) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)
        or die $!;
    print $s "POST $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
           . "Content-Type: application/json\r\nContent-Length: "
           . length($body) . "\r\n\r\n$body";
    my $answer = do { local $/; <$s> };
    die "no answer from $path\n" unless $answer;
    die "$path: $answer\n" unless $answer =~ m{^HTTP/1.1 200};
    $answer =~ s/.*?\r\n\r\n//s;
    return $answer;
}


# what the agent sends, seen by a listener in the provider's place

sub composed_request {
    my $listen = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die $!;
    my $port = $listen->sockport;

    (my $conf = front_conf('agent')) =~ s/127\.0\.0\.1:$port{provider}/127.0.0.1:$port/g;
    $conf =~ s/listen 127\.0\.0\.1:$port{agent}/listen 127.0.0.1:${\ ($port{probe} = free_port())}/;
    server('probe', $load_cpu, $conf);

    my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $port{probe}) or die $!;
    print $client "POST /run HTTP/1.1\r\nHost: a\r\n"
                . "Content-Type: application/json\r\nContent-Length: "
                . length($input) . "\r\n\r\n$input";

    my $s = $listen->accept();
    my $text = '';
    while (sysread $s, my $piece, 65536) {
        $text .= $piece;
        last if $text =~ /Content-Length: (\d+)\r\n.*?\r\n\r\n(.*)/s
                && length $2 >= $1;
    }

    kill 'TERM', $pids[-1];
    waitpid pop @pids, 0;

    $text =~ s/.*?\r\n\r\n//s;
    return $text;
}


# a fast wrong answer fails: the agent's output is the provider's content

sub compare {
    my ($answer) = @_;

    my $content = $json->decode($answer->{proxy})
                  ->{choices}[0]{message}{content};

    my ($a, $b) = map { $json->decode($_) } $content, $answer->{agent};

    die "the answers differ:\n$content\n$answer->{agent}\n"
        unless $json->encode($a) eq $json->encode($b) || $opt{1};
}
