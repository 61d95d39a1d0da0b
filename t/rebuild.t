#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The build as such, over a tree of a few small files: what is compiled when,
# where things are installed, what configure says.

use strict;
use warnings;

use Test::More;
use Time::HiRes ();

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::Agent;

my $t = Test::Agent->new(modules => []);
my $root = $t->root();
my $tree = $t->testdir() . '/tree';
my $dev = '/usr/share/nginx/src';

plan(skip_all => 'no nginx-dev') unless -d $dev;
plan(skip_all => 'no make') unless Test::Agent::which('make');

# what make was told by whoever started this is not meant for us

%ENV = map { $_ => $ENV{$_} } grep { defined $ENV{$_} }
    qw/ PATH HOME LANG TMPDIR /;

mkdir $tree;
system("cp -r '$root/config' '$root/config.make' '$root/exports.map' "
       . "'$root/Makefile' '$root/build.mk' '$root/tools' "
       . "'$root/t/data/build/ngx_agent_module' '$tree'") == 0
    or die "can't copy\n";

my $core = 'ngx_agent_module/core';
my @all = qw/ agt_sample.o ngx_http_agent_filter_module.o
    ngx_http_agent_module.o ngx_http_agent_module_modules.o
    ngx_http_agent_simulator_module.o ngx_http_agent_simulator_module_modules.o /;
my @both = qw/ ngx_http_agent_module.so ngx_http_agent_simulator_module.so /;

is(built(), join(' ', @all, @both), 'all is compiled');
is(`ls '$tree/build' | grep so\$`, join('', map { "$_\n" } @both),
   'two modules');
is(built(), '', 'again: nothing');

touch("$core/agt_sample.c");
is(built(), join(' ', 'agt_sample.o', @both), 'a source file');

touch("$core/agt_sample.h");
is(built(), join(' ', (grep { !/_modules\.o/ } @all), @both),
   'a header: its users');

$t->write_file("tree/$core/agt_other.c", "int agt_other(void);\n\n"
               . "int\nagt_other(void)\n{\n    return 0;\n}\n");
is(built(), join(' ', 'agt_other.o', @both), 'a new file: it alone');

unlink "$tree/$core/agt_other.c";
is(built(), join(' ', @both), 'a file less: links again');

touch('exports.map');
is(built(), join(' ', @both), 'what is exported: links again');
is(built(), '', 'nothing is left to do');

# a warning is an error, in our files

$t->write_file("tree/$core/agt_other.c", "static int agt_other;\n");
like(make(), qr/agt_other.*unused/s, 'a warning stops the build');
unlink "$tree/$core/agt_other.c";

# installation

make('install', "DESTDIR=$tree/root", 'MODULES_DIR=/m');
is(`cd '$tree/root' && find . -type f | sort`, <<'END', 'installed files');
./m/ngx_http_agent_module.so
./m/ngx_http_agent_simulator_module.so
./usr/share/nginx/modules-available/mod-http-agent-simulator.conf
./usr/share/nginx/modules-available/mod-http-agent.conf
END
is($t->read_file('tree/root/usr/share/nginx/modules-available/'
                 . 'mod-http-agent.conf'),
   "load_module modules/ngx_http_agent_module.so;\n", 'the snippet');

# what configure refuses, and how it says so

like(make('BUILD=build/plain', 'NGINX_FLAGS=--with-compat'),
     qr/Add --with-http_ssl_module/, 'configure without TLS');

like(make('BUILD=build/none', 'NGINX_SRC=/nonexistent'),
     qr/no nginx sources in \/nonexistent/, 'no source tree');

# a compiler that does not find one of the headers

for my $case ([ 'pcre2.h', 'libpcre2-dev' ], [ 'openssl/evp.h', 'libssl-dev' ])
{
    my ($header, $package) = @$case;

    my $cc = $t->write_file('cc', <<"END");
#!/bin/sh
for file; do
    case \$file in
        *autotest.c) grep -q '$header' \$file && exit 1 ;;
    esac
done
exec cc "\$@"
END
    chmod 0755, $cc;

    like(make('BUILD=build/without', "CC=$cc"), qr/package $package/,
         "configure without $header");
}

# linked into nginx: configure writes the order down, and needs no more of the
# sources than their headers

mkdir "$tree/static";
symlink "$dev/$_", "$tree/static/$_" for qw/ auto src configure /;

system("cd '$tree/static' && ./configure --with-http_ssl_module "
       . "--with-http_auth_request_module --add-module='$tree' "
       . '> configure.log 2>&1');

my @names = $t->read_file('tree/static/objs/ngx_modules.c')
    =~ /^    "(\w+)"/mg;
my %at = map { $names[$_] => $_ } 0 .. $#names;

cmp_ok($at{ngx_http_agent_module}, '<', $at{$_}, "static: agent before $_")
    for qw/ ngx_http_auth_request_module ngx_http_auth_basic_module
            ngx_http_access_module /;
cmp_ok($at{ngx_http_agent_filter_module}, '<', $at{ngx_http_copy_filter_module},
       'static: filter before copy filter');
cmp_ok($at{ngx_http_agent_filter_module}, '>',
       $at{ngx_http_headers_filter_module}, 'static: and behind the others');
ok(!exists $at{ngx_http_agent_simulator_module},
   'static: without the simulator');

done_testing();


sub make {
    my (@args) = @_;

    my $args = join ' ', map { "'$_'" } @args;

    return scalar `make -C '$tree' V=1 $args 2>&1`;
}


# what was compiled or linked, by name

sub built {
    my $output = make('-j1');
    my @names = $output =~ /-o objs\/(?:\S+\/)?(\S+\.(?:o|so))\b/g;

    return join ' ', (sort grep { /\.o$/ } @names),
        (sort grep { /\.so$/ } @names);
}


sub touch {
    my ($file) = @_;

    my $now = Time::HiRes::time();

    # Perl's own utime() knows whole seconds, and make looks closer

    Time::HiRes::utime($now, $now, "$tree/$file");
}
