package Test::Agent::HTTP;

# Copyright (C) the ngx_agent_module authors

# An HTTP/1 client that hides nothing: bytes can be sent as they are, answers
# are read exactly, and it says how a connection ended.
#
#     my $c = Test::Agent::HTTP->connect(port => $port);
#
#     $r = $c->request('POST', '/', '{}', { 'X-Key' => 'k' });
#
#     $c->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
#     $c->send('{"a"');
#     $c->reset();                      # leaves by RST
#
#     $r = $c->read_response();         # the next one on the connection
#     $text = $c->read_until(qr/\n\n/); # part of a stream
#     $c->eof(1);                       # did the other side close?
#
# An answer, also what http_get() and its kind return, is an object:
#
#     status, reason, body, header('Name'), headers, raw, json
#     complete    whether it ended as its head said it would
#
# and in a string it is the whole text, so that like($r, qr/.../) works.

use strict;
use warnings;

use IO::Socket::INET ();
use JSON::PP ();
use Scalar::Util ();
use Socket ();
use Time::HiRes ();

my $slow = $ENV{TEST_NGINX_SLOW} || 1;
my @open;


# Options: port, host, timeout (8 s for each wait), rcvbuf (bytes).

sub connect {
    my ($class, %opt) = @_;

    my $socket = IO::Socket::INET->new(Proto => 'tcp',
        PeerAddr => $opt{host} || '127.0.0.1', PeerPort => $opt{port},
        $opt{rcvbuf} ? (Sockopts => [ [ Socket::SO_RCVBUF(), $opt{rcvbuf} ] ])
                     : ())
        or die "can't connect to port $opt{port}: $@\n";

    $socket->autoflush(1);
    $socket->setsockopt(Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1);
    $socket->blocking(0);

    my $self = bless {
        socket => $socket,
        port => $opt{port},
        timeout => $opt{timeout} || 8,
        in => '',
    }, $class;

    push @open, $self;
    Scalar::Util::weaken($open[-1]);

    return $self;
}


# Sends the bytes, and gives up when the other side does not take them.

sub send {
    my ($self, $data, %opt) = @_;

    my $end = deadline($opt{timeout} || $self->{timeout});

    while (length $data && $self->{socket}) {
        my $n = syswrite $self->{socket}, $data, $opt{size} || 65536;

        if (defined $n) {
            substr $data, 0, $n, '';
            next;
        }

        return 0 unless $!{EAGAIN} || $!{EINTR};
        return 0 unless wait_for($self->{socket}, 1, $end);
    }

    return !length $data;
}


sub request {
    my ($self, $method, $uri, $body, $headers, %opt) = @_;

    $self->send_request($method, $uri, $body, $headers)
        or return $self->read_response(method => $method, timeout => 1);

    return $self->read_response(method => $method, %opt);
}


# A body is JSON unless a Content-Type says otherwise; undef as the value of
# a header leaves it out.

sub send_request {
    my ($self, $method, $uri, $body, $headers) = @_;

    my %fields = ('Host' => 'localhost');

    if (defined $body) {
        $fields{'Content-Type'} = 'application/json';
        $fields{'Content-Length'} = length $body;
    }

    my %set = %{$headers || {}};

    for my $name (keys %set) {
        my ($same) = grep { lc $_ eq lc $name } keys %fields;
        delete $fields{$same} if defined $same;
        $fields{$name} = $set{$name} if defined $set{$name};
    }

    my $text = "$method $uri HTTP/1.1\r\n";

    for my $name (sort keys %fields) {
        my $value = $fields{$name};
        $text .= "$name: $_\r\n" for ref $value ? @$value : $value;
    }

    return $self->send("$text\r\n" . ($body // ''));
}


# More input: 1 if there was some, 0 at the end of the connection, undef when
# none came in time.

sub fill {
    my ($self, $end) = @_;

    while (1) {
        return 0 if !$self->{socket} || $self->{eof};

        my $n = sysread $self->{socket}, $self->{in}, 65536,
            length $self->{in};

        return 1 if $n;

        if (defined $n) {
            $self->{eof} = 1;
            return 0;
        }

        if (!$!{EAGAIN} && !$!{EINTR}) {
            $self->{error} = "$!";
            $self->{eof} = 1;
            return 0;
        }

        return undef unless wait_for($self->{socket}, 0, $end);
    }
}


# What came up to and with what the expression matches, or all of it if that
# does not come in time.

sub read_until {
    my ($self, $re, $timeout) = @_;

    my $text = $self->read_match($re,
                                 deadline($timeout || $self->{timeout}));

    ($text, $self->{in}) = ($self->{in}, '') unless defined $text;

    return $text;
}


# Exactly so many bytes, or fewer if they do not come.

sub read_bytes {
    my ($self, $n, $timeout) = @_;

    return $self->read_exactly($n, deadline($timeout || $self->{timeout}));
}


# True when the other side has closed and nothing is left to read.

sub eof {
    my ($self, $timeout) = @_;

    my $end = deadline($timeout || $self->{timeout});

    return 1 if !length $self->{in} && ($self->{eof} || !$self->{socket});
    return 0 if length $self->{in};

    my $rc = $self->fill($end);

    return defined $rc && $rc == 0;
}


sub read_response {
    my ($self, %opt) = @_;

    my $end = deadline($opt{timeout} || $self->{timeout});
    my $interim = '';
    my ($r, $head);

    # 1xx answers come before the one that counts

    while (1) {
        $head = $self->read_head($end);
        $r = Test::Agent::Response->new($interim . $head);

        $r->parse_head($head) or return $r;

        last unless $r->{status} =~ /^1/ && $r->{status} != 101;

        push @{$r->{interim}}, $r->{status};
        $interim .= $head;
    }

    my $method = $opt{method} || 'GET';
    my $body = '';

    if ($method eq 'HEAD' || $r->{status} =~ /^(?:204|304)$/) {
        $r->{complete} = 1;

    } elsif (($r->header('Transfer-Encoding') // '') =~ /chunked/i) {
        ($body, my $raw) = $self->read_chunked($r, $end);
        $r->{raw} .= $raw;

    } elsif (defined(my $length = $r->header('Content-Length'))) {
        $body = $self->read_exactly($length, $end);
        $r->{complete} = length $body == $length;
        $r->{raw} .= $body;

    } else {
        while ($self->fill($end)) { }
        $body = $self->{in};
        $self->{in} = '';
        $r->{complete} = $self->{eof} && !$self->{error};
        $r->{raw} .= $body;
    }

    $r->{body} = $body;

    return $r;
}


sub read_head {
    my ($self, $end) = @_;

    my $head = $self->read_match(qr/\r?\n\r?\n/, $end);

    return $head if defined $head;

    ($head, $self->{in}) = ($self->{in}, '');

    return $head;
}


sub read_exactly {
    my ($self, $n, $end) = @_;

    while (length $self->{in} < $n) {
        last unless $self->fill($end);
    }

    return substr $self->{in}, 0, $n, '';
}


sub read_chunked {
    my ($self, $r, $end) = @_;

    my ($body, $raw) = ('', '');

    while (defined(my $line = $self->read_match(qr/^[^\n]*\n/, $end))) {
        $raw .= $line;

        my $size = $line =~ /^([0-9a-f]+)/i ? hex $1 : last;

        if ($size == 0) {
            my $last = $self->read_match(qr/^(?:[^\r\n]+\r?\n)*\r?\n/, $end);
            $raw .= $last // '';
            $r->{complete} = defined $last;
            last;
        }

        my $data = $self->read_exactly($size + 2, $end);
        $raw .= $data;
        $body .= substr $data, 0, $size;

        last if length $data < $size + 2;
    }

    return ($body, $raw);
}


# what the expression matches, once it does; undef if it never will

sub read_match {
    my ($self, $re, $end) = @_;

    while ($self->{in} !~ $re) {
        return undef unless $self->fill($end);
    }

    $self->{in} =~ $re;

    return substr $self->{in}, 0, $+[0], '';
}


# nothing more will be sent, but answers are still read

sub shutdown {
    my ($self) = @_;

    CORE::shutdown $self->{socket}, 1;
}


sub close {
    my ($self) = @_;

    CORE::close $self->{socket} if $self->{socket};
    $self->{socket} = undef;
}


sub reset {
    my ($self) = @_;

    setsockopt $self->{socket}, Socket::SOL_SOCKET(), Socket::SO_LINGER(),
        pack 'II', 1, 0;

    $self->close();
}


sub close_all {
    $_->close() for grep { defined } @open;
    @open = ();
}


sub deadline { return Time::HiRes::time() + $_[0] * $slow }


sub wait_for {
    my ($socket, $write, $end) = @_;

    my $left = $end - Time::HiRes::time();
    return 0 if $left <= 0;

    my $bits = '';
    vec($bits, fileno $socket, 1) = 1;

    return select($write ? undef : $bits, $write ? $bits : undef, undef,
                  $left) > 0;
}


package Test::Agent::Response;

use overload '""' => sub { $_[0]->{raw} }, 'bool' => sub { 1 }, fallback => 1;


sub new {
    my ($class, $raw) = @_;

    return bless { raw => $raw, status => 0, reason => '', headers => [],
                   body => '', complete => 0, interim => [] }, $class;
}


# an answer from its whole text, as curl prints it

sub parse {
    my ($class, $text) = @_;

    my $r = $class->new($text);

    while ($text =~ s/^(HTTP\/\S+ 1\d\d.*?\r?\n\r?\n)//s) { }

    if ($text =~ /\r?\n\r?\n/) {
        $r->{body} = substr $text, $+[0];
        $r->{complete} = 1;
        $r->parse_head(substr $text, 0, $-[0]);
    }

    return $r;
}


sub parse_head {
    my ($r, $head) = @_;

    my ($line, @fields) = split /\r?\n/, $head;

    return 0 unless ($line // '') =~ m{^HTTP/([\d.]+) (\d{3}) ?(.*)};

    @$r{qw/ version status reason /} = ($1, $2, $3);

    for my $field (@fields) {
        push @{$r->{headers}}, [ $1, $2 ] if $field =~ /^([^:]+):\s*(.*?)\s*$/;
    }

    return 1;
}


sub status { return $_[0]->{status} }
sub reason { return $_[0]->{reason} }
sub version { return $_[0]->{version} }
sub body { return $_[0]->{body} }
sub raw { return $_[0]->{raw} }
sub headers { return $_[0]->{headers} }
sub complete { return $_[0]->{complete} }


# all values of a header, as if it had been sent once

sub header {
    my ($r, $name) = @_;

    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name }
        @{$r->{headers}};

    return @values ? join ', ', @values : undef;
}


# undef where the body is not JSON

sub json {
    my ($r) = @_;

    return eval { JSON::PP->new->utf8->allow_nonref->decode($r->{body}) };
}


1;
