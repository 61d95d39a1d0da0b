#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# What the harness looks at after each file does make a file fail.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::Agent;

my $t = Test::Agent->new(modules => []);

# name, what the file does, tests that must fail

my @cases = (
    [ 'nothing', '', '' ],
    [ 'worker killed', q{ kill 'KILL', $t->workers();
         $t->waitforlog(qr/exited on signal/) }, 'no alert, no process died' ],
    [ 'worker killed, allowed', q{ $t->allow(qr/exited on signal/);
         kill 'KILL', $t->workers(); $t->waitforlog(qr/exited on signal/) },
      '' ],
    [ 'sanitizer', q{ add('error.log', "a.c:1: runtime error: bad\n") },
      'no sanitizer report' ],
    [ 'sanitizer, its own log', q{ add('temp/asan.1',
         "==1==ERROR: AddressSanitizer: bad\n") }, 'no sanitizer report' ],
    [ 'alert', q{ add('error.log', "1 [alert] 1#1: bad\n") }, 'no alert' ],
    [ 'crit', q{ add('error.log', "1 [crit] 1#1: bad\n") }, 'no crit' ],
    [ 'crit, allowed', q{ $t->allow(qr/1#1: bad/);
         add('error.log', "1 [crit] 1#1: bad\n") }, '' ],
    [ 'nginx killed', q{ $w = ($t->workers())[0]; kill 'KILL', $t->pid();
         print "# worker $w\n" }, 'no process died' ],
);

plan(tests => 2 * @cases + 1);

for my $case (@cases) {
    my ($name, $code, $failing) = @$case;

    my $path = $t->write_file('case.t', <<"END");
use strict;
use warnings;
use Test::More;
use lib '$FindBin::Bin/lib';
use Test::Agent;

my \$t = Test::Agent->new(modules => [])->plan(1);
my \$w;

\$t->write_file_expand('nginx.conf', <<'CONF');
%%TEST_GLOBALS%%
events {
}
CONF

\$t->run();
$code;

ok(1, 'test');

sub add {
    my (\$name, \$text) = \@_;
    open my \$fh, '>>', \$t->testdir() . "/\$name";
    print \$fh \$text;
}
END

    my $output = `$^X '$path' 2>&1`;
    my @failed = $output =~ /^not ok \d+ - (.*)$/mg;

    is(join(', ', @failed), $failing, $name);
    is($? >> 8, scalar @failed, "$name: exit code") or diag($output);

    if ($output =~ /^# worker (\d+)/m) {
        my $worker = $1;
        ok(wait_until(sub { !kill 0, $worker }), "$name: no worker is left");
    }
}
