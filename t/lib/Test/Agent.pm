package Test::Agent;

# Copyright (C) the ngx_agent_module authors

# The harness of the Perl tests, in the vocabulary of nginx's own.  A file:
#
#     use Test::More;
#     use FindBin;
#     use lib "$FindBin::Bin/lib";
#     use Test::Agent;
#
#     my $t = Test::Agent->new()->has('simulator')->plan(1);
#
#     $t->write_file_expand('nginx.conf', <<'CONF');
#     %%TEST_GLOBALS%%
#     events {}
#     http {
#         %%TEST_GLOBALS_HTTP%%
#         server {
#             listen 127.0.0.1:%%PORT_http%%;
#             location / { return 200 "ok"; }
#         }
#     }
#     CONF
#
#     $t->run();
#
#     is(http_get('/')->body, 'ok', 'a page');
#
# At the end of each file nginx is stopped and its logs are looked at: four
# tests more than plan() was told.  What a file provokes on purpose it declares
# by allow().
#
# Environment:
#
#     TEST_NGINX_BINARY    nginx; default: the modules' one, or the installed
#     TEST_NGINX_MODULES   directory of the modules; default: build/
#     TEST_NGINX_LEAVE     leave the temporary directory, and print its name
#     TEST_NGINX_DEBUG     error_log at level debug
#     TEST_NGINX_SLOW      a factor for all timeouts (sanitizers, valgrind)

use strict;
use warnings;

use Cwd ();
use Exporter 'import';
use Fcntl ();
use File::Basename ();
use File::Path ();
use File::Spec ();
use File::Temp ();
use IO::Socket::INET ();
use JSON::PP ();
use POSIX ();
use Test::More ();
use Time::HiRes ();

use Test::Agent::HTTP ();

our @EXPORT = qw/ http http_get http_head http_post port wait_until /;

# how many tests finish() makes

use constant CHECKS => 4;

my $root = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../..');
my $slow = $ENV{TEST_NGINX_SLOW} || 1;

my ($main, @instances, %ports, @locks);
my $finished;
my $pid = $$;

$SIG{PIPE} = 'IGNORE';

# interrupted: END still stops what was started

$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 1 };

# no test ever calls a real provider, whatever the shell has

delete @ENV{ grep { /_API_KEY$/ } keys %ENV };
delete @ENV{ qw/ http_proxy https_proxy all_proxy no_proxy NGINX / };


# Life of a test file.

# modules => [...] loads these instead of both; level => 'debug' for the log

sub new {
    my ($class, %opt) = @_;

    my $self = bless {
        modules => [ qw/ ngx_http_agent_module
                         ngx_http_agent_simulator_module / ],
        level => $ENV{TEST_NGINX_DEBUG} ? 'debug' : 'info',
        allowed => [],
        daemons => [],
        %opt,
    }, $class;

    $self->{testdir} = File::Temp::tempdir('agent-test-XXXXXXXX', TMPDIR => 1);

    # workers run as another user, and read files here

    chmod 0755, $self->{testdir};

    # "logs" is where nginx built from source has its pid by default

    mkdir "$self->{testdir}/$_" for qw/ logs temp /;
    chmod 0777, "$self->{testdir}/temp";

    push @instances, $self;
    $main ||= $self;

    Test::More::diag("testdir: $self->{testdir}") if $ENV{TEST_NGINX_LEAVE};

    return $self;
}


sub plan {
    my ($self, $n) = @_;

    Test::More::plan(tests => $n + CHECKS);

    return $self;
}


# instead of plan(): at the end of the file

sub done_testing {
    my ($self) = @_;

    finish();
    Test::More::done_testing();
}


# Skips the whole file unless all these are there.

sub has {
    my ($self, @features) = @_;

    for my $feature (@features) {
        Test::More::plan(skip_all => "no $feature")
            unless $self->has_feature($feature);
    }

    return $self;
}


sub has_feature {
    my ($self, $feature) = @_;

    if ($feature =~ /^(?:simulator|agent)$/) {
        my $name = $feature eq 'agent' ? '' : "_$feature";
        return -f modules() . "/ngx_http_agent${name}_module.so";
    }

    if ($feature eq 'root') {
        return $> == 0;
    }

    if ($feature =~ /^(?:curl|openssl|redis-server|nghttp|wrk)$/) {
        return defined which($feature);
    }

    $self->{version} //= do {
        my $nginx = binary();
        scalar `'$nginx' -V 2>&1`;
    };

    return 1 if $self->{version} =~ /--with-\Q$feature\E(?:_module)?(?=\s|$)/;

    # modules that are in unless left out

    return $feature =~ /^http_(?:proxy|map|access|auth_basic|split_clients)$/
        && $self->{version} !~ /--without-\Q$feature\E_module/;
}


# an error log line at alert or crit, or a dead worker, that is meant to be

sub allow {
    my ($self, $re) = @_;

    push @{$self->{allowed}}, $re;

    return $self;
}


# Files.

sub testdir { return $_[0]->{testdir} }

sub root { return $root }

sub modules { return $ENV{TEST_NGINX_MODULES} || "$root/build" }

sub binary {
    my $nginx = $ENV{TEST_NGINX_BINARY};

    if (!$nginx) {
        $nginx = modules() . '/nginx';
        $nginx = 'nginx' unless -x $nginx;
    }

    return which($nginx) || $nginx;
}


sub which {
    my ($name) = @_;

    return -x $name ? $name : undef if $name =~ m{/};

    for my $dir (File::Spec->path(), '/usr/sbin', '/usr/local/sbin') {
        return "$dir/$name" if -x "$dir/$name" && !-d _;
    }

    return undef;
}


sub write_file {
    my ($self, $name, $content) = @_;

    my $path = "$self->{testdir}/$name";

    File::Path::make_path(File::Basename::dirname($path));

    # as an editor saves: a reader never sees half of the file

    open my $fh, '>:raw', "$path.tmp" or die "can't create $path.tmp: $!\n";
    print $fh $content;
    close $fh or die "can't write $path.tmp: $!\n";

    rename "$path.tmp", $path or die "can't rename to $path: $!\n";

    return $path;
}


sub write_file_expand {
    my ($self, $name, $content) = @_;

    return $self->write_file($name, $self->expand($content));
}


sub expand {
    my ($self, $content) = @_;

    $content =~ s/%%TEST_GLOBALS%%/$self->globals()/ge;
    $content =~ s/%%TEST_GLOBALS_HTTP%%/$self->globals_http()/ge;
    $content =~ s/%%TESTDIR%%/$self->{testdir}/g;
    $content =~ s/%%PORT_(\w+)%%/port($1)/ge;
    $content =~ s/%%UDP_PORT_(\w+)%%/port($1, udp => 1)/ge;

    die "unknown $1\n" if $content =~ /(%%\w+%%)/;

    return $content;
}


sub read_file {
    my ($self, $name) = @_;

    my $path = $name =~ m{^/} ? $name : "$self->{testdir}/$name";

    open my $fh, '<:raw', $path or return '';
    local $/;

    return scalar(<$fh>) // '';
}


sub globals {
    my ($self) = @_;

    my $dir = $self->{testdir};
    my @lines = ("pid $dir/nginx.pid;", 'daemon off;',
                 "error_log $dir/error.log $self->{level};");

    # a worker that drops root must still reach its files

    if ($> == 0) {
        my $group = getgrgid((getpwnam('nobody'))[3]);
        push @lines, traversable($dir) ? "user nobody $group;" : 'user root;';
    }

    push @lines, map { 'load_module ' . modules() . "/$_.so;" }
        @{$self->{modules}};

    return join "\n", @lines;
}


sub globals_http {
    my ($self) = @_;

    my $dir = $self->{testdir};

    return join "\n", "root $dir;", "access_log $dir/access.log;",
        map { "${_}_temp_path $dir/temp/$_;" }
            qw/ client_body proxy fastcgi uwsgi scgi /;
}


sub traversable {
    my ($dir) = @_;

    for ( ; $dir ne '/'; $dir = File::Basename::dirname($dir)) {
        return 0 unless ((stat $dir)[2] || 0) & 0001;
    }

    return 1;
}


# Ports, by name: free ones, below those that the kernel gives to outgoing
# connections, and held against other test files by a socket of the other
# protocol.

sub port {
    my ($name, %opt) = @_;

    my ($mine, $other) = $opt{udp} ? ('udp', 'tcp') : ('tcp', 'udp');
    my $key = "$mine $name";

    return $ports{$key} if $ports{$key};

    for (1 .. 1000) {
        my $port = 10000 + int rand 20000;

        my $lock = IO::Socket::INET->new(Proto => $other,
            LocalAddr => '127.0.0.1', LocalPort => $port) or next;
        my $free = IO::Socket::INET->new(Proto => $mine,
            LocalAddr => '127.0.0.1', LocalPort => $port,
            $opt{udp} ? () : (Listen => 1)) or next;

        push @locks, $lock;

        return $ports{$key} = $port;
    }

    die "no free port\n";
}


# Running nginx.

sub run {
    my ($self, %opt) = @_;

    my $dir = $self->{testdir};
    my $conf = $opt{conf} || 'nginx.conf';

    die "nginx runs already\n" if $self->{pid};

    unlink "$dir/nginx.pid";

    $self->{ran} = 1;
    $self->{pid} = $self->spawn([ binary(), '-p', "$dir/", '-c', "$dir/$conf",
                                  '-e', "$dir/error.log" ], "$dir/stderr.log",
                                1);

    my $status;

    wait_until(sub {
        $status = $self->reap($self->{pid});
        return defined $status || -s "$dir/nginx.pid";
    }, 20);

    if (defined $status || !-s "$dir/nginx.pid") {
        $self->{pid} = undef;
        Test::More::diag($self->read_file('stderr.log'),
                         $self->read_file('error.log'));
        die "can't start nginx\n";
    }

    # the pid is there before the workers are

    if ($self->read_file($conf) !~ /^\s*master_process\s+off/m) {
        wait_until(sub { $self->workers() });
    }

    return $self;
}


# nginx -t of a configuration, a file's text or (nothing) what was written;
# returns the exit code and what it said

sub test_config {
    my ($self, $content) = @_;

    my $dir = $self->{testdir};

    if (defined $content) {
        $self->write_file_expand('nginx.conf', $content);
    }

    my $pid = $self->spawn([ binary(), '-t', '-p', "$dir/", '-c',
                             "$dir/nginx.conf", '-e', "$dir/test.log" ],
                           "$dir/test.stderr", 0);

    my $status;
    wait_until(sub { defined($status = $self->reap($pid)) }, 20);

    if (!defined $status) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
        die "nginx -t does not end\n";
    }

    my $output = $self->read_file('test.stderr');
    unlink "$dir/test.stderr";

    return ($status >> 8 || $status, $output);
}


sub spawn {
    my ($self, $argv, $stderr, $leaks) = @_;

    # -t exits without freeing the configuration: every line of it would be a
    # leak to LeakSanitizer

    local $ENV{ASAN_OPTIONS} = join ':', grep { defined && length }
        $ENV{ASAN_OPTIONS}, "log_path=$self->{testdir}/temp/asan",
        'detect_leaks=' . ($leaks ? 1 : 0);
    local $ENV{UBSAN_OPTIONS} = join ':', grep { defined && length }
        $ENV{UBSAN_OPTIONS}, 'print_stacktrace=1';

    my $pid = fork() // die "fork() failed: $!\n";

    if ($pid == 0) {
        # a group of its own: workers whose master was killed are found by it

        setpgrp 0, 0;

        open STDIN, '<', File::Spec->devnull();
        open STDOUT, '>>', $stderr;
        open STDERR, '>>', $stderr;

        exec { $argv->[0] } @$argv or POSIX::_exit(127);
    }

    return $pid;
}


sub reap {
    my ($self, $pid) = @_;

    return waitpid($pid, POSIX::WNOHANG()) == $pid ? $? : undef;
}


# a process of ours as long as it was not waited for

sub pid { return $_[0]->{pid} }


# the worker processes, by number, without those that are leaving

sub workers {
    my ($self) = @_;

    return grep { proc_title($_) eq 'nginx: worker process' }
        $self->children();
}


sub children {
    my ($self) = @_;

    my @pids;

    for my $path (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $path or next;
        my $line = <$fh> // next;

        # pid (name) state ppid ...: the name may hold anything

        push @pids, $1
            if $line =~ /^(\d+) \(.*\) \S (\d+) /s && $2 == $self->{pid};
    }

    return sort { $a <=> $b } @pids;
}


sub proc_title {
    my ($pid) = @_;

    open my $fh, '<', "/proc/$pid/cmdline" or return '';
    my $title = <$fh> // '';
    $title =~ s/\0.*//s;

    return $title;
}


sub signal {
    my ($self, $signal) = @_;

    return kill $signal, $self->{pid};
}


# New workers serve, the old ones have stopped to accept.  False when the new
# configuration was refused.

sub reload {
    my ($self, %opt) = @_;

    my @old = $self->workers();
    my $from = length $self->error_log();

    $self->signal('HUP');

    my $new;

    wait_until(sub {
        my $log = substr $self->error_log(), $from;
        return 1 if $log =~ /\[emerg\]/;

        return $log =~ /start worker process/
            && !grep { my $p = $_; grep { $p == $_ } $self->workers() } @old;
    }, 10) or die "reload does not end\n";

    return substr($self->error_log(), $from) !~ /\[emerg\]/;
}


# All processes have opened their logs again.

sub reopen {
    my ($self) = @_;

    my $path = "$self->{testdir}/error.log";
    my $n = 1 + $self->workers();
    my $from = -s $path && $self->error_log();

    $self->signal('USR1');

    return wait_until(sub {
        my $log = $self->error_log();
        $log = substr $log, length $from
            if defined $from && index($log, $from) == 0;
        my @lines = $log =~ /reopening logs/g;
        return @lines >= $n;
    });
}


# Ends nginx, as QUIT does unless told otherwise: executions are finished, so
# a test closes or awaits what it began.  Sockets of the client are closed.

sub stop {
    my ($self, $signal) = @_;

    $self->stop_nginx($signal) if $self->{pid};
    $self->stop_daemons();

    return $self;
}


sub stop_nginx {
    my ($self, $signal) = @_;

    my $pid = $self->{pid};
    my $status;
    my $gone = sub { defined($status = $self->reap($pid)) };

    Test::Agent::HTTP::close_all() if $self == $main;

    kill $signal || 'QUIT', $pid;

    if (!wait_until($gone, 15)) {
        push @{$self->{trouble}}, 'nginx did not exit';
        kill 'TERM', $pid;
    }

    if (!defined $status && !wait_until($gone, 5)) {
        kill 'KILL', -$pid;
        waitpid $pid, 0;
        $status = $?;
    }

    kill 'KILL', -$pid;

    if ($status) {
        push @{$self->{trouble}}, "nginx exited with status $status";
    }

    $self->{pid} = undef;
}


# Daemons: a command, or code that runs in a process of its own.

sub run_daemon {
    my ($self, $what, @args) = @_;

    my $pid = fork() // die "fork() failed: $!\n";

    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw/ INT TERM HUP /;

        if (ref $what eq 'CODE') {

            eval { $what->(@args); 1 } or warn $@;
            POSIX::_exit($@ ? 1 : 0);
        }

        open STDOUT, '>>', "$self->{testdir}/daemons.log";
        open STDERR, '>>', "$self->{testdir}/daemons.log";

        exec { $what } $what, @args or POSIX::_exit(127);
    }

    push @{$self->{daemons}}, $pid;

    return $pid;
}


sub stop_daemons {
    my ($self) = @_;

    $self->stop_daemon($_) for reverse @{$self->{daemons}};
}


sub stop_daemon {
    my ($self, $pid, $signal) = @_;

    return unless grep { $_ == $pid } @{$self->{daemons}};

    $self->{daemons} = [ grep { $_ != $pid } @{$self->{daemons}} ];

    kill $signal || 'TERM', $pid;

    if (!wait_until(sub { defined $self->reap($pid) }, 5)) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
}


# Waiting: always for something, never for a time to pass.

sub wait_until {
    my ($condition, $timeout) = @_;

    my $end = Time::HiRes::time() + ($timeout || 5) * $slow;

    while (1) {
        my $value = $condition->();
        return $value if $value;
        return $value if Time::HiRes::time() > $end;
        Time::HiRes::sleep(0.01);
    }
}


sub waitforfile {
    my ($self, $path, $timeout) = @_;

    $path = "$self->{testdir}/$path" unless $path =~ m{^/};

    return wait_until(sub { -e $path }, $timeout);
}


sub waitforsocket {
    my ($self, $addr, $timeout) = @_;

    return wait_until(sub {
        IO::Socket::INET->new(Proto => 'tcp', PeerAddr => $addr)
    }, $timeout) ? 1 : 0;
}


# waits for a line of the error log, from "from" (bytes) on

sub waitforlog {
    my ($self, $re, %opt) = @_;

    return wait_until(sub {
        substr($self->error_log(), $opt{from} || 0) =~ $re
    }, $opt{timeout});
}


sub error_log { return $_[0]->read_file('error.log') }


# the lines of a log with JSON objects, once there are so many of them

sub json_lines {
    my ($self, $name, $n, $timeout) = @_;

    my @lines;

    wait_until(sub {
        @lines = $self->read_file($name) =~ /^(.*)\n/mg;
        return @lines >= ($n || 0);
    }, $timeout);

    return map { decode($_) } @lines;
}


sub decode { return JSON::PP->new->utf8->allow_nonref->decode($_[0]) }

sub encode { return JSON::PP->new->utf8->allow_nonref->canonical->encode($_[0]) }


# HTTP: see Test::Agent::HTTP for the options and what comes back.

sub http {
    my ($request, %opt) = @_;

    my $c = http_connect(%opt);
    my $method = $request =~ /^(\w+)/ ? $1 : 'GET';

    $c->send($request) if length $request;

    my $r = $c->read_response(method => $method, timeout => $opt{timeout});
    $c->close();

    return $r;
}


sub http_get {
    my ($uri, $headers, %opt) = @_;

    return http_request('GET', $uri, undef, $headers, %opt);
}


sub http_head {
    my ($uri, $headers, %opt) = @_;

    return http_request('HEAD', $uri, undef, $headers, %opt);
}


sub http_post {
    my ($uri, $body, $headers, %opt) = @_;

    return http_request('POST', $uri, $body, $headers, %opt);
}


sub http_request {
    my ($method, $uri, $body, $headers, %opt) = @_;

    my $c = http_connect(%opt);
    my $r = $c->request($method, $uri, $body,
                        { Connection => 'close', %{$headers || {}} },
                        timeout => $opt{timeout});
    $c->close();

    return $r;
}


# port => name or number, default "http"; further options are the class's

sub http_connect {
    my (%opt) = @_;

    my $port = delete $opt{port} // 'http';
    $port = port($port) unless $port =~ /^\d+$/;

    return Test::Agent::HTTP->connect(port => $port, %opt);
}


sub connect {
    my ($self, $port, %opt) = @_;

    return http_connect(port => $port, %opt);
}


# curl, for what the client above does not speak (HTTP/2, TLS): its exit code
# and the answer

sub curl {
    my ($self, @args) = @_;

    my $out = "$self->{testdir}/curl.out";

    my $pid = fork() // die "fork() failed: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', $out;
        open STDERR, '>', "$out.err";
        exec 'curl', '-q', '-s', '-S', '-i', '--noproxy', '*',
            '-m', 20 * $slow, @args or POSIX::_exit(127);
    }

    waitpid $pid, 0;

    my $code = $? >> 8;
    my $r = Test::Agent::Response->parse($self->read_file($out));

    unlink $out, "$out.err";

    return wantarray ? ($r, $code) : $r;
}


# The end of a file.

sub finish {
    return if $finished++;

    my (@alerts, @crits, @sanitizer, @died);

    for my $t (@instances) {
        $t->stop();

        my $allowed = sub {
            my ($line) = @_;
            return grep { $line =~ $_ } @{$t->{allowed}};
        };

        my @log = grep { !$allowed->($_) } split /\n/, $t->error_log();

        push @alerts, grep { /\[(?:alert|emerg)\]/ } @log;
        push @crits, grep { /\[crit\]/ } @log;
        push @died, grep { /exited (?:on signal|with fatal code)/ } @log;
        push @died, @{$t->{trouble} || []};

        for my $path (glob "$t->{testdir}/{temp/asan.*,error.log,stderr.log}") {
            push @sanitizer, grep { /Sanitizer|runtime error:/ }
                split /\n/, $t->read_file($path);
        }
    }

    none('no alert', @alerts);
    none('no crit', @crits);
    none('no sanitizer report', @sanitizer);
    none('no process died', @died);

    report() if @sanitizer;
}


sub none {
    my ($name, @lines) = @_;

    # prove shows the first few, the rest is in the log

    Test::More::ok(!@lines, $name)
        or Test::More::diag(join "\n", splice @lines, 0, 10);
}


# the temporary directory goes away, so a report is printed whole

sub report {
    for my $t (@instances) {
        for my $path (glob "$t->{testdir}/temp/asan.*") {
            Test::More::diag(substr $t->read_file($path), 0, 20000);
        }
    }
}


END {
    # a child that ends by exit() has nothing to tidy up

    if ($$ == $pid) {
        local $?;

        my $builder = Test::More->builder;

        # a file that started nothing has nothing to be checked; one that died
        # before done_testing() has failed, and what a sanitizer said is why

        if (grep { $_->{ran} } @instances) {
            $builder->has_plan ? finish() : report();
        }

        for my $t (@instances) {
            $t->stop();

            File::Path::remove_tree($t->{testdir})
                unless $ENV{TEST_NGINX_LEAVE};
        }
    }
}


1;
