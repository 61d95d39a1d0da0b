package Test::Agent::DNS;

# Copyright (C) the ngx_agent_module authors

# A name server for tests; nginx reaches it by
#
#     resolver 127.0.0.1:%%UDP_PORT_dns%% ipv6=off;
#
#     my $dns = Test::Agent::DNS->new($t, 'dns', 'provider.test' => '127.0.0.1');
#
#     $dns->names('provider.test' => [ '127.0.0.2', '127.0.0.3' ],
#                 'gone.test' => 'NXDOMAIN', 'bad.test' => 'SERVFAIL',
#                 'mute.test' => 'DROP', '*' => 'NXDOMAIN');   # from now on
#     $dns->queries();       # the names that were asked for, in order
#
# Answers live for one second; AAAA has no answers.

use strict;
use warnings;

use IO::Socket::INET ();
use JSON::PP ();

my %RCODE = (SERVFAIL => 2, NXDOMAIN => 3, REFUSED => 5);


sub new {
    my ($class, $t, $name, %names) = @_;

    my $port = Test::Agent::port($name, udp => 1);

    my $self = bless { t => $t, name => $name }, $class;

    $self->{file} = "$t->{testdir}/$name.names";
    $self->{log} = "$t->{testdir}/$name.queries";

    $self->names(%names);

    my $socket = IO::Socket::INET->new(Proto => 'udp',
        LocalAddr => '127.0.0.1', LocalPort => $port)
        or die "can't bind to $port: $@\n";

    $self->{pid} = $t->run_daemon(sub { $self->loop($socket) });

    close $socket;

    return $self;
}


sub names {
    my ($self, %names) = @_;

    $self->{t}->write_file("$self->{name}.names",
                           JSON::PP->new->encode(\%names));

    return $self;
}


sub queries {
    my ($self) = @_;

    open my $fh, '<', $self->{log} or return ();
    chomp(my @names = <$fh>);

    return @names;
}


sub loop {
    my ($self, $socket) = @_;

    while (1) {
        my $query = '';

        my $peer = $socket->recv($query, 512);
        next unless defined $peer && length $query > 12;

        my $answer = $self->answer($query);

        $socket->send($answer, 0, $peer) if defined $answer;
    }
}


sub answer {
    my ($self, $query) = @_;

    my ($id, $flags, $questions) = unpack 'nnn', $query;
    my ($labels, $type) = question(substr $query, 12);
    my $name = join '.', @$labels;

    open my $log, '>>', $self->{log} or die "$self->{log}: $!\n";
    print $log "$name\n";
    close $log;

    open my $fh, '<', $self->{file} or die "$self->{file}: $!\n";
    local $/;
    my $names = JSON::PP->new->decode(<$fh>);

    my $value = $names->{lc $name} // $names->{'*'} // 'NXDOMAIN';
    return undef if $value eq 'DROP';

    my $rcode = $RCODE{$value} // 0;
    my @addrs = $rcode || $type != 1 ? () : ref $value ? @$value : $value;

    my $section = join('', map { pack 'C/a*', $_ } @$labels) . "\0";

    return pack('n6', $id, 0x8180 | $rcode, 1, scalar @addrs, 0, 0)
        . $section . pack('nn', $type, 1)
        . join('', map {
            pack 'n3 N n C4', 0xc00c, 1, 1, 1, 4, split /\./, $_
        } @addrs);
}


sub question {
    my ($data) = @_;

    my @labels;

    while (length $data) {
        my $n = unpack 'C', $data;
        last if $n == 0 || $n > 63;

        push @labels, substr $data, 1, $n;
        substr $data, 0, $n + 1, '';
    }

    return (\@labels, unpack('x n', $data) // 0);
}


1;
