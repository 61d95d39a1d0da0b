#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors
#
# Writes ngx_agent_module/core/agt_idna_table.c to standard output: the
# characters that RFC 5892 allows in a label, by the Unicode data of this perl.
# Run by hand, when a newer Unicode is wanted.

use warnings;
use strict;

use Unicode::UCD;

my (%exception, @runs, @rows);

# the exceptions of section 2.6: allowed, or allowed by context

$exception{$_} = 1 for
    0x00df, 0x03c2, 0x06fd, 0x06fe, 0x0f0b, 0x3007,
    0x00b7, 0x0375, 0x05f3, 0x05f4, 0x30fb, 0x0660 .. 0x0669,
    0x06f0 .. 0x06f9, 0x200c, 0x200d;

$exception{$_} = 0 for
    0x0640, 0x07fa, 0x302e, 0x302f, 0x3031 .. 0x3035, 0x303b;

sub allowed {
    my ($code, $char) = @_;

    return $exception{$code} if defined $exception{$code};
    return 0 if $char =~ /\p{Cn}/;
    return 1 if $char =~ /[a-z0-9-]/;

    return 0 if $char =~ /[\p{Hst=L}\p{Hst=V}\p{Hst=T}]/;
    return 0 if $char =~ /[\p{CWKCF}\p{DI}\p{WSpace}\p{NChar}]/;
    return 0 if $char =~ /[\x{20d0}-\x{20ff}\x{1d100}-\x{1d24f}]/;

    return $char =~ /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/;
}

# the bits are those of agt_idna_table.h

sub attributes {
    my ($char) = @_;

    return ($char =~ /\p{bc=L}/ ? 0 : $char =~ /\p{bc=R}/ ? 1
            : $char =~ /\p{bc=AL}/ ? 2 : $char =~ /\p{bc=AN}/ ? 3
            : $char =~ /\p{bc=EN}/ ? 4 : $char =~ /\p{bc=NSM}/ ? 5 : 6)
        | ($char =~ /\p{M}/ ? 0x08 : 0)
        | ($char =~ /\p{ccc=9}/ ? 0x10 : 0)
        | ($char =~ /[\p{Jt=L}\p{Jt=D}]/ ? 0x20 : 0)
        | ($char =~ /[\p{Jt=R}\p{Jt=D}]/ ? 0x40 : 0)
        | ($char =~ /\p{Jt=T}/ ? 0x80 : 0)
        | ($char =~ /\p{sc=Grek}/ ? 0x100 : 0)
        | ($char =~ /\p{sc=Hebr}/ ? 0x200 : 0)
        | ($char =~ /[\p{sc=Hira}\p{sc=Kana}\p{sc=Hani}]/ ? 0x400 : 0);
}

# a run is consecutive characters, or every other one, as small letters are

for my $code (0 .. 0xd7ff, 0xe000 .. 0x10ffff) {
    my $char = chr $code;
    my $run = $runs[-1];

    no warnings 'utf8';

    next if !allowed($code, $char);

    my $attr = attributes($char);

    if ($run && $run->{attr} == $attr
        && $code == $run->{last} + $run->{step} && $run->{n} < 0xffff)
    {
        $run->{last} = $code;
        $run->{n}++;

    } elsif ($run && $run->{attr} == $attr && $run->{n} == 1
        && $code == $run->{last} + 2)
    {
        $run->{last} = $code;
        $run->{n} = 2;
        $run->{step} = 2;

    } else {
        push @runs, { first => $code, last => $code, n => 1, step => 1,
                      attr => $attr };
    }
}

my $line = '';

for (@runs) {
    my $row = sprintf('{0x%x,%d,0x%x},', $_->{first}, $_->{n},
                      $_->{attr} | ($_->{step} == 2 ? 0x800 : 0));

    if (length($line) + length($row) > 76) {
        push @rows, $line;
        $line = '';
    }

    $line .= $row;
}

push @rows, $line;
$rows[-1] =~ s/,$//;

my $version = Unicode::UCD::UnicodeVersion();
my $rows = join "\n", map { "    $_" } @rows;
my $n = @runs;

print <<"EOF";

/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Written by build.mk/idna.pl, from Unicode $version.
 */


#include "agt_idna_table.h"


const uint32_t  agt_idna_runs_n = $n;

const agt_idna_run_t  agt_idna_runs[] = {
$rows
};
EOF
