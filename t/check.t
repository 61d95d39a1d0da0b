#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The checks of "make check" find what they look for, and nothing else.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::Agent;

my $t = Test::Agent->new(modules => []);
my $tools = $t->root() . '/tools';


# Style: samples say what is to be found, on its line or by its number.

for my $path (sort glob $t->root() . '/t/data/check/style/*') {
    my ($name) = $path =~ m{([^/]+)$};
    my @expected = expected($t->read_file($path));

    my ($code, @found) = tool('check-style', $path);

    is_deeply([ sort map { /^[^:]+:(\d+): (\w+):/ ? "$1 $2" : $_ } @found ],
              [ sort @expected ], "style: $name");
    is($code, @expected ? 1 : 0, "style: $name: exit code");
}

for my $case ([ 'function', '', 120, 0 ], [ 'function', '', 121, 1 ],
              [ 'parser', "/* style: parser */\n\n", 200, 0 ],
              [ 'parser', "/* style: parser */\n\n", 201, 1 ])
{
    my ($name, $mark, $lines, $errors) = @$case;

    my ($code) = tool('check-style', $t->write_file("$name.c",
        "/* path: ngx_agent_module/core/agt_$name.c */\n\n/*\n"
        . " * Copyright (C) the ngx_agent_module authors\n */\n\n\n${mark}void\n"
        . "agt_$name(void)\n{\n" . "    agt_call();\n" x $lines . "}\n"));

    is($code, $errors, "style: $name of $lines lines");
}

my $path = $t->write_file('fix.c', <<'END');
int
agt_fix(void)
{
    agt_str_t  s;
    int  i;
    char *p;

    return 0;
}
END

tool('check-style', '--fix', $path);
like($t->read_file('fix.c'),
     qr/^    int        i;\n    char      \*p;\n    agt_str_t  s;\n\n/m,
     'style: --fix');


# Layers: a file, what it includes, and whether that is allowed.

for my $case (
    [ 'core/agt_mem.c', '"agt_mem.h"', 1 ],
    [ 'core/agt_mem.c', '"agt_buf.h"', 0 ],
    [ 'core/agt_base.h', '"agt_mem.h"', 0 ],
    [ 'core/agt_json_text.h', '"agt_buf.h"', 1 ],
    [ 'core/agt_json.c', '"agt_schema.h"', 0 ],
    [ 'core/agt_schema.c', '"agt_template.h"', 0 ],
    [ 'core/agt_template.c', '"agt_spec.h"', 0 ],
    [ 'core/agt_spec.c', '"agt_schema.h"', 1 ],
    [ 'core/agt_spec.c', '"agt_codec.h"', 0 ],
    [ 'core/agt_codec.c', '"agt_spec.h"', 0 ],
    [ 'core/agt_codec_openai.c', '"agt_codec_error.h"', 1 ],
    [ 'core/agt_codec_openai.c', '"agt_codec_anthropic.h"', 0 ],
    [ 'core/agt_hash.c', '<openssl/evp.h>', 1 ],
    [ 'core/agt_json.c', '<openssl/evp.h>', 0 ],
    [ 'core/agt_regex.c', '<pcre2.h>', 1 ],
    [ 'core/agt_schema.c', '<pcre2.h>', 0 ],
    [ 'core/agt_json.c', '<time.h>', 0 ],
    [ 'core/agt_json.c', '<sys/socket.h>', 0 ],
    [ 'core/agt_json.c', '<ngx_core.h>', 0 ],
    [ 'core/agt_json.c', '"ngx_http_agent.h"', 0 ],
    [ 'core/agt_json.c', '<jansson.h>', 0 ],
    [ 'core/agt_strange.c', '"agt_base.h"', 0 ],
    [ 'nginx/ngx_http_agent_run.c', '"ngx_http_agent.h"', 1 ],
    [ 'nginx/ngx_http_agent_run.c', '<hiredis/hiredis.h>', 0 ],
    [ 'nginx/ngx_http_agent_redis.c', '<hiredis/hiredis.h>', 1 ],
    [ 'nginx/ngx_http_agent_run.c', '<jansson.h>', 0 ],
    [ 'nginx/ngx_http_agent_admin.c', '<jansson.h>', 1 ],
    [ 'nginx/ngx_http_agent_run.c', '"ngx_http_agent_simulator.h"', 0 ],
    [ 'simulator/ngx_http_agent_simulator.c', '"ngx_http_agent.h"', 0 ],
    [ 'simulator/ngx_http_agent_simulator.c', '"agt_json.h"', 1 ],
    [ 'ctl/agentctl.c', '<ngx_core.h>', 0 ],
    [ 'ctl/agentctl.c', '<curl/curl.h>', 1 ])
{
    my ($file, $include, $allowed) = @$case;

    layers($file, "#include $include\n", $allowed, "$file, $include");
}

for my $case (
    [ 'log', 'run_start', 0 ],
    [ 'log', 'run_find', 1 ],
    [ 'shm', 'attempt_start', 0 ],
    [ 'attempt', 'handler', 1 ],
    [ 'attempt', 'handler_init', 0 ],
    [ 'run', 'attempt_start', 1 ],
    [ 'run', 'handler_init', 0 ])
{
    my ($noun, $called, $allowed) = @$case;

    layers("nginx/ngx_http_agent_$noun.c", "    ngx_http_agent_$called(r);\n",
           $allowed, "$noun calls $called()");
}


# Messages of commits.

for my $case (
    [ "area: what and why\n", '' ],
    [ "area, other: what and why\n\nThe reason.\n", '' ],
    [ "what and why\n", 'the subject is not "area: summary"' ],
    [ "Area: what\n", 'the subject is not "area: summary"' ],
    [ "area: what.\n", 'the subject ends with a period' ],
    [ 'area: ' . 'x' x 66 . "\n", '' ],
    [ 'area: ' . 'x' x 67 . "\n", 'the subject is longer than 72' ],
    [ "area: what\nand why\n", 'the second line is not empty' ],
    [ "area: what\n\n" . 'word ' x 15 . "\n", 'the body is wider than 72' ],
    [ "area: what\n\nhttp://" . 'x' x 80 . "\n", '' ],
    [ '', 'the subject is not "area: summary"' ])
{
    my ($message, $expected) = @$case;

    my ($code, @found) = tool('check-commit',
                              $t->write_file('message', $message));

    is(join('', @found), $expected && "commit message: $expected\n",
       'commit: ' . ($expected || 'good'));
    is($code, $expected ? 1 : 0, 'commit: exit code');
}

done_testing();


sub tool {
    my ($tool, @args) = @_;

    open my $fh, '-|', "$tools/$tool", @args or die "$tool: $!\n";
    my @lines = <$fh>;
    close $fh;

    return ($? >> 8, @lines);
}


sub expected {
    my ($text) = @_;

    my @expected;
    my $n = 0;

    for my $line (split /\n/, $text) {
        $n++;

        next unless $line =~ m{expect: (?:(\d+) )?(.*?)(?: \*/|$)};

        my $at = $1 // $n;
        push @expected, map { "$at $_" } split ' ', $2;
    }

    return @expected;
}


sub layers {
    my ($file, $text, $allowed, $name) = @_;

    my $dir = "layers-" . ++$t->{layers};

    $t->write_file("$dir/ngx_agent_module/$file", $text);

    my ($code) = tool('check-layers', "$t->{testdir}/$dir");

    is($code, $allowed ? 0 : 1, 'layers: ' . ($allowed ? '' : 'not ') . $name);
}
