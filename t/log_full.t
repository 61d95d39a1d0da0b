#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The disk is full: executions go on, records are counted instead, and no line
# is ever glued to half of another.  The disk is a small tmpfs; a limit on the
# size of files would come as a signal.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();
my $dir = $t->testdir();

mkdir "$dir/small";

my $tmpfs = $> == 0 && system("mount -t tmpfs -o size=64k,mode=0777 none "
                              . "'$dir/small' 2>/dev/null") == 0;

END { system("umount '$dir/small'") if $tmpfs }

my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

$t->allow(qr/agent log "[^"]+": \d+ records were not written/);

site($t, main => 'worker_processes 2;', server => <<'SERVER')
        location = /never {
            agent decide@draft;
            agent_log /dev/full;
        }
        location = /small {
            agent decide@draft;
            agent_log %%TESTDIR%%/small/agents.log body=full;
        }
        location = /torn {
            agent decide@draft;
            agent_log %%TESTDIR%%/torn.log;
        }
SERVER
    ;

# a file whose last line an earlier nginx could not finish

$t->write_file('torn.log', qq({"a":1}\n{"half":"o));
chmod 0666, "$dir/torn.log";

$t->run();

run_agent('{"text":"hi"}', {}, uri => '/torn') for 1 .. 2;
wait_until(sub { 2 == (() = $t->read_file('torn.log') =~ /^\{"time.*\n/mg) });
is(join(' ', lines('torn.log')), 'ok torn ok ok',
   'half a line is ended before the next one');


# no room at all

my %seen;

$seen{run_agent('{"text":"hi"}', {}, uri => '/never')->status}++ for 1 .. 20;
is_deeply(\%seen, { 200 => 20 }, 'all are served');

like($t->error_log(), qr/\[crit\].*agent log "\/dev\/full": \d+ records were /,
     'the error log says what is lost');
ok(told('/dev/full') <= 2, 'once a minute and worker, not for each');


SKIP: {
    skip 'no tmpfs', 9 unless $tmpfs;

    # until it is full, and on

    my $body = '{"text":"' . 'x' x 5000 . '"}';
    %seen = ();

    $seen{run_agent($body, {}, uri => '/small')->status}++ for 1 .. 40;
    is_deeply(\%seen, { 200 => 40 }, 'all are served on a small disk');
    ok(told('small/agents.log') >= 1, 'with a line in the error log');

    my %kind = kinds('small/agents.log');
    ok($kind{ok} >= 5, 'what was written first is there');
    is($kind{torn}, 1, 'and one that is not whole');

    # when there is room again

    system("mount -o remount,size=1m '$dir/small'") == 0
        or die "can't remount\n";

    my $n = 0;

    wait_until(sub {
        run_agent('{"text":"again"}', {}, uri => '/small');
        $n = () = $t->read_file('small/agents.log')
                      =~ /^\{"time.*"again".*\n/mg;
        return $n >= 5;
    }, 10);

    ok($n >= 5, 'it goes on when there is room');

    %kind = kinds('small/agents.log');
    is($kind{torn}, 1, 'one half of a line is left');
    is($kind{glued}, 0, 'nothing is glued to it');
    is($kind{empty}, 0, 'and no line is empty');
    ok($kind{ok} >= 10, 'all others are whole');
}

$t->stop();
$t->done_testing();


sub told {
    my ($name) = @_;
    my @lines = $t->error_log() =~ /(\Q$name\E": \d+ records)/g;
    return scalar @lines;
}


# each line: whole, half, half with something behind it, or nothing

sub lines {
    my ($name) = @_;

    return map {
        /^$/ ? 'empty'
             : eval { Test::Agent::decode($_) } ? 'ok'
             : /.\{"time"/ ? 'glued' : 'torn'
    } split /\n/, $t->read_file($name);
}


sub kinds {
    my %kind = map { $_ => 0 } qw/ ok torn glued empty /;
    $kind{$_}++ for lines(@_);
    return %kind;
}
