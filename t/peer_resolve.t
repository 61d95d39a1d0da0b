#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Names of providers: resolved in the background, followed when they move, kept
# when nobody answers for them.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::DNS;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();

my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

my %names = (
    'moves.test' => '127.0.0.1',
    'late.test' => 'NXDOMAIN',
    'mute.test' => 'DROP',
    'two.test' => [ '127.0.0.3', '127.0.0.1' ],
    'case.test' => '127.0.0.1',
);

my $dns = Test::Agent::DNS->new($t, 'dns', %names);

# another answer at another address, by the same port

my $no = openai_answer('{"decision":"no"}') =~ s/\\/\\\\/gr;

my @hosts = qw/ moves.test late.test mute.test two.test Case.Test. localhost /;
my ($http, $server) = ('', '');

for my $host (@hosts) {
    my ($name) = lc($host) =~ /^(\w+)/;

    # each request connects, so each one picks an address

    my $more = $name eq 'two' ? 'keepalive 0;' : '';

    $http .= "
        agent_provider $name {
            dialect openai;
            pass    http://$host:%%PORT_provider%%/v1;
            model   m;
            $more
        }
        agent_route $name { model $name/m; }
    ";

    $server .= "location = /$name { agent decide\@draft;
                agent_route_default $name; }\n";
}

site($t,
    main => 'worker_processes 1;',
    http => "
        resolver 127.0.0.1:%%UDP_PORT_dns%%;
        resolver_timeout 300ms;
        $http
        server {
            listen 127.0.0.2:%%PORT_provider%%;
            default_type application/json;
            location / { return 200 '$no'; }
        }
    ",
    server => $server,
)->run();

sub ask {
    my ($name) = @_;

    my $r = http_post("/$name", '{"text":"a"}');
    my ($class) = ($r->header('Agent-Attempts') // '') =~ /outcome=(\w+)/;

    return $r->status == 200 ? $r->body : $r->status . ' ' . ($class // 'none');
}

my $yes = '{"decision":"yes"}';

is(ask('moves'), $yes, 'a name');
is($p->last->{headers}{host}, 'moves.test:' . $p->port, 'as the host, too');
is(ask('case'), $yes, 'a name in capitals, with a dot at its end');
is($p->last->{headers}{host}, 'Case.Test:' . $p->port, 'is sent without it');

# nobody is asked for localhost (RFC 6761)

is(ask('localhost'), $yes, 'localhost');
is((grep { /localhost/ } $dns->queries()), 0, 'is asked of nobody');

# names that do not resolve fail at once, and are tried again

is(ask('late'), '502 connect', 'no such name');
is(ask('mute'), '502 connect', 'no answer');

ok($t->waitforlog(qr/"late.test" could not be resolved \(3: Host not found\)/),
   'the error is logged');

$dns->names(%names, 'late.test' => '127.0.0.1', 'mute.test' => '127.0.0.1');

ok(wait_until(sub { ask('late') eq $yes }, 10), 'a name that comes to exist');
ok(wait_until(sub { ask('mute') eq $yes }, 10), 'an answer that comes');
ok($t->waitforlog(qr/"late.test" is resolved again/), 'as logged');

my @errors = $t->error_log() =~ /"late\.test" could not be resolved/g;
is(@errors, 1, 'and the error once');

# the next address is tried where one does not connect, and it is remembered

is(ask('two'), $yes, 'an address that does not connect is passed over')
    for 1 .. 10;

my @refused = $t->error_log() =~ /connect\(\) failed .*127\.0\.0\.3/g;
cmp_ok(@refused, '<', 4, 'for a while');

# a name that moves is followed within its time to live

$dns->names(%names, 'moves.test' => '127.0.0.2');
ok(wait_until(sub { ask('moves') eq '{"decision":"no"}' }, 10),
   'a name that moves, with an idle connection to its old address');

# the last good address outlives the name, and the name server

$dns->names('*' => 'NXDOMAIN');
ok($t->waitforlog(qr/"moves.test" could not be resolved.*1 known address/),
   'a name that is gone');
is(ask('moves'), '{"decision":"no"}', 'keeps its last address');

$t->stop_daemon($dns->{pid});
$t->waitforlog(qr/"moves.test" could not be resolved \(110/, timeout => 10);
is(ask('moves'), '{"decision":"no"}', 'without any name server, too');

# nginx starts without one, and leaves while it is being asked

ok($t->reload(), 'reload without a name server');
is(ask('moves'), '502 connect', 'then nothing is known');
is(ask('localhost'), $yes, 'but what needs nobody');

$t->done_testing();
