#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# What nginx -t says about "agent_log" and "agent_redact".

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_module' ]);

# the lines, what is said about them (at line 6 unless told; 0: nginx itself
# does not know), or nothing

my @cases = (
    [ 'no value', 'agent_log;', 'invalid number of arguments' ],
    [ 'an empty path', 'agent_log "";', 'must name a file' ],
    [ 'a variable', 'agent_log $host.log;', 'takes no variables' ],
    [ 'twice', "agent_log a.log;\nagent_log b.log;", 'is duplicate', 7 ],
    [ 'off and on', "agent_log off;\nagent_log a.log;", 'is duplicate', 7 ],
    [ 'off with a parameter', 'agent_log off body=none;',
      'takes no parameters with "off"' ],
    [ 'an unknown parameter', 'agent_log a.log buffer=32k;',
      'unknown parameter "buffer=32k" of "agent_log"' ],
    [ 'a bare word', 'agent_log a.log body;', 'unknown parameter "body"' ],
    [ 'body=', 'agent_log a.log body=some;', '"body=some" of "agent_log" must' ],
    [ 'body= twice', 'agent_log a.log body=full body=full;', 'is duplicate' ],
    [ 'sample=', 'agent_log a.log sample=10%;', '"sample=10%" of "agent_log"' ],
    [ 'sample= over 1', 'agent_log a.log sample=1.1;', 'from 0 to 1' ],
    [ 'sample= below 0', 'agent_log a.log sample=-1;', 'from 0 to 1' ],
    [ 'sample= too fine', 'agent_log a.log sample=0.0000001;', 'six decimals' ],
    [ 'no sample', 'agent_log a.log sample=;', 'from 0 to 1' ],
    [ 'if= twice', 'agent_log a.log if=$host if=$host;', 'is duplicate' ],
    [ 'no condition', 'agent_log a.log if=;', 'must be a condition' ],
    [ 'an unknown variable', 'agent_log a.log if=$nobody;',
      'unknown "nobody" variable', 0 ],
    [ 'no syslog server', 'agent_log syslog:tag=a;', 'no syslog server' ],
    [ 'a bad syslog tag', 'agent_log syslog:server=127.0.0.1,tag=a-b;',
      'syslog "tag" only allows' ],

    [ 'no expression', 'agent_redact a;', 'invalid number of arguments' ],
    [ 'a bad name', 'agent_redact A b;', 'invalid name "A"' ],
    [ 'a bad expression', 'agent_redact a "b(c";',
      'missing closing parenthesis at offset 3 in "agent_redact a b\(c"' ],
    [ 'matches nothing', 'agent_redact a b*;', 'matches the empty text' ],
    [ 'too many', join("\n", ('agent_redact a b;') x 59), 'too often', 64 ],

    [ 'all that may be',
      "agent_redact a-1 \"\\d{4}\";\nagent_redact a-1 b;\n"
      . 'agent_log logs.log if=$host sample=0.000001 body=redacted;' ],
    [ 'the last one', join("\n", ('agent_redact a b;') x 58) ],
    [ 'off', 'agent_log off;' ],
    [ 'syslog', 'agent_log syslog:server=127.0.0.1,nohostname sample=1;' ],
);

for my $case (@cases) {
    my ($name, $lines, $expected, $line) = @$case;

    # the globals are on lines of their own: put them on one

    (my $globals = $t->globals()) =~ s/\n/ /g;

    my ($code, $said) = $t->test_config(<<"CONF");
$globals
events {}
http {
access_log off;
server { listen 127.0.0.1:%%PORT_http%%;
$lines
}}
CONF

    if (!defined $expected) {
        is("$code $said", '0 ' . join('', grep { /is ok|is success/ }
                                          $said =~ /^.*\n/mg), $name);
        next;
    }

    my @emerg = grep { /\[emerg\]/ } split /\n/, $said;
    my $place = sprintf 'nginx.conf:%d', $line // 6;

    ok($code != 0 && @emerg == 1, "$name: one line");
    like($emerg[0], $expected =~ /offset/ ? qr/$expected/ : qr/\Q$expected/,
         "$name: what is wrong");
    like($emerg[0], qr/\Q$place\E$/, "$name: and where") if $line // 1;
}

$t->done_testing();
