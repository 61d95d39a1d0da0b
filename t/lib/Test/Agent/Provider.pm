package Test::Agent::Provider;

# Copyright (C) the ngx_agent_module authors

# A provider that does what a test tells it to, good or bad.  One process, one
# loop: any number of connections may hang, drip or wait at the same time.
#
#     my $p = Test::Agent::Provider->new($t, 'provider',
#         openai_reply('{"decision":"allow"}'),            # to the first
#         { status => 429, headers => [ 'Retry-After: 1' ] });  # to all others
#
#     ... pass http://127.0.0.1:%%PORT_provider%%/v1; ...
#
#     $p->replies(...);          # from now on
#     $p->requests(2);           # what came, once there are two
#     $p->last->{json}           # the last one's body
#     $p->wait_closed();         # until the other side has left
#
# A reply is a hash, or code that gets the request ({ method, uri, headers,
# body, json, n, connection }) and returns one; code runs in the provider's
# process.  Requests are numbered from 1 through all replies().
#
#     status, reason, headers    200; a list of "Name: value"
#     body                       bytes
#     json                       instead of body: a structure
#     chunked => 1 or [n, ...]   chunked coding, in chunks of these sizes
#     length => n                a Content-Length that may be wrong; undef:
#                                none, the body ends with the connection
#     keepalive => 0             closes after the answer
#     raw                        instead of all the above: these bytes
#
# and, over the bytes of the whole answer, head included:
#
#     delay => s                 before its first byte
#     body_delay => s            between head and body
#     split => [n, ...]          written in parts that end at these offsets
#     bytewise => 1              written a byte at a time
#     pause => s                 between the parts (0.001)
#     cut => n                   only n bytes, then the connection ends,
#     how => 'fin' or 'rst'      in this way
#     hang => n                  only n bytes, then nothing; 0: no answer
#
# In cut and hang, "head" stands for the length of the head.

use strict;
use warnings;

use Exporter 'import';
use IO::Select ();
use IO::Socket::INET ();
use JSON::PP ();
use Socket ();
use Time::HiRes ();

our @EXPORT = qw/ openai_answer openai_reply openai_error /;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# the log is ASCII: each byte of a body is one character in its strings

my $log_json = JSON::PP->new->ascii->canonical->allow_nonref;


# What the test calls.

sub new {
    my ($class, $t, $name, @replies) = @_;

    my $port = Test::Agent::port($name);

    my $self = bless {
        t => $t,
        name => $name,
        port => $port,
        file => "$t->{testdir}/$name.requests",
        script => "$t->{testdir}/$name.replies",
        code => [ grep { ref $_ eq 'CODE' } @replies ],
    }, $class;

    $self->replies(@replies);
    $self->start();

    return $self;
}


sub start {
    my ($self) = @_;

    # listens before it is a process of its own: nobody has to wait for it

    my $listen = IO::Socket::INET->new(Proto => 'tcp', Listen => 511,
        LocalAddr => '127.0.0.1', LocalPort => $self->{port}, ReuseAddr => 1)
        or die "can't listen on $self->{port}: $@\n";

    $self->{pid} = $self->{t}->run_daemon(sub { $self->loop($listen) });

    close $listen;

    return $self;
}


# connections are refused from now on

sub stop {
    my ($self) = @_;

    $self->{t}->stop_daemon($self->{pid});
}


sub port { return $_[0]->{port} }

sub pid { return $_[0]->{pid} }


# Takes effect with the next request.  Code can only be given to new().

sub replies {
    my ($self, @replies) = @_;

    my $i = 0;
    my %index = map { $_ => $i++ } @{$self->{code}};

    my @table = map {
        ref $_ ne 'CODE' ? $_
            : defined $index{$_} ? { code => $index{$_} }
            : die "code can't be given to a provider that runs\n"
    } @replies;

    $self->{t}->write_file("$self->{name}.replies", $log_json->encode({
        generation => ++$self->{generation}, replies => \@table }));

    return $self;
}


# The requests so far, once there are "n" of them; fewer if no more come.

sub requests {
    my ($self, $n, $timeout) = @_;

    my @requests;

    Test::Agent::wait_until(sub {
        @requests = grep { $_->{event} eq 'request' } $self->events();
        return @requests >= ($n || 0);
    }, $timeout);

    for my $r (@requests) {
        $r->{json} = eval { $json->decode($r->{body}) };
    }

    return @requests;
}


sub last {
    my ($self, $n) = @_;

    return ($self->requests($n))[-1];
}


# connections that were accepted so far

sub connections {
    my ($self) = @_;

    return scalar grep { $_->{event} eq 'connect' } $self->events();
}


# True once the other side has closed "n" connections.

sub wait_closed {
    my ($self, $n, $timeout) = @_;

    return Test::Agent::wait_until(sub {
        my @closed = grep { $_->{event} eq 'closed' } $self->events();
        return @closed >= ($n || 1);
    }, $timeout);
}


# All that happened: connect, request, closed (by the other side), done (the
# answer was written); each with its connection's number.

sub events {
    my ($self) = @_;

    open my $fh, '<', $self->{file} or return ();

    return map { $log_json->decode($_) } grep { /\n\z/ } <$fh>;
}


# Answers in the dialect of OpenAI's chat completions.

sub openai_answer {
    my ($content, %opt) = @_;

    my %usage = (prompt_tokens => 10, completion_tokens => 5, cached => 0,
                 reasoning => 0, %{$opt{usage} || {}});

    my %message = (role => 'assistant', content => $content,
                   refusal => $opt{refusal});

    my %answer = (
        id => $opt{id} // 'chatcmpl-test',
        object => 'chat.completion',
        created => 1700000000,
        model => $opt{model} // 'test-model',
        choices => [ {
            index => 0,
            message => { %message, %{$opt{message} || {}} },
            logprobs => undef,
            finish_reason => $opt{finish_reason} // 'stop',
        } ],
        usage => {
            prompt_tokens => $usage{prompt_tokens},
            completion_tokens => $usage{completion_tokens},
            total_tokens => $usage{prompt_tokens} + $usage{completion_tokens},
            prompt_tokens_details => { cached_tokens => $usage{cached} },
            completion_tokens_details => {
                reasoning_tokens => $usage{reasoning} },
        },
    );

    delete $answer{usage} if exists $opt{usage} && !defined $opt{usage};

    return $json->encode(\%answer);
}


# Options are openai_answer()'s, and a reply's by their names.

my @reply_options = qw/ status reason headers chunked length keepalive delay
    body_delay split bytewise pause cut how hang /;

sub openai_reply {
    my ($content, %opt) = @_;

    my %reply = map { $_ => $opt{$_} } grep { exists $opt{$_} } @reply_options;

    $reply{headers} = [ 'Content-Type: application/json',
                        'x-request-id: req_test', @{$reply{headers} || []} ];
    $reply{body} = openai_answer($content, %opt);

    return \%reply;
}


sub openai_error {
    my ($status, $type, $message, %opt) = @_;

    my $body = { error => { message => $message // 'an error', type => $type,
                            param => undef, code => $opt{code} } };

    return {
        status => $status,
        (map { $_ => $opt{$_} } grep { exists $opt{$_} } @reply_options),
        headers => [ 'Content-Type: application/json',
                     @{$opt{headers} || []} ],
        body => $json->encode($body),
    };
}


# The provider's process.

sub loop {
    my ($self, $listen) = @_;

    open $self->{log}, '>>', $self->{file} or die "$self->{file}: $!\n";
    $self->{log}->autoflush(1);

    $listen->blocking(0);

    my %conns;

    while (1) {
        my ($read, $write) = (IO::Select->new($listen), IO::Select->new());
        my $now = Time::HiRes::time();
        my $next;

        for my $c (values %conns) {
            $read->add($c->{socket}) unless $c->{deaf};

            next unless @{$c->{ops}};

            if ($c->{at} > $now) {
                $next = $c->{at} if !defined $next || $c->{at} < $next;

            } else {
                $write->add($c->{socket});
            }
        }

        my ($r, $w) = IO::Select::select($read, $write, undef,
            defined $next ? $next - $now : undef);

        for my $socket (@{$r || []}) {
            if ($socket == $listen) {
                $self->accept($listen, \%conns);
                next;
            }

            my $c = $conns{fileno $socket} or next;
            $self->read_input($c);
            $self->drop($c, \%conns) if $c->{closed};
        }

        for my $socket (@{$w || []}) {
            my $fd = fileno $socket // next;
            my $c = $conns{$fd} or next;

            $self->step($c);
            $self->drop($c, \%conns) if $c->{closed};
        }
    }
}


sub event {
    my ($self, $c, $event, %more) = @_;

    print { $self->{log} } $log_json->encode({ event => $event,
        connection => $c->{number}, %more }) . "\n";
}


sub accept {
    my ($self, $listen, $conns) = @_;

    my $socket = $listen->accept() or return;

    $socket->blocking(0);
    $socket->setsockopt(Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1);

    my $c = { socket => $socket, in => '', ops => [], at => 0,
              number => ++$self->{connections} };

    $conns->{fileno $socket} = $c;

    $self->event($c, 'connect');
}


sub drop {
    my ($self, $c, $conns) = @_;

    delete $conns->{fileno $c->{socket}};

    if ($c->{closed} eq 'rst') {
        setsockopt $c->{socket}, Socket::SOL_SOCKET(), Socket::SO_LINGER(),
            pack 'II', 1, 0;
    }

    close $c->{socket};
}


sub read_input {
    my ($self, $c) = @_;

    my $n = sysread $c->{socket}, $c->{in}, 65536, length $c->{in};

    if (!$n) {
        return if !defined $n && ($!{EAGAIN} || $!{EINTR});

        $self->event($c, 'closed');
        $c->{closed} = 'fin';
        return;
    }

    $self->next_request($c) unless $c->{busy};
}


sub next_request {
    my ($self, $c) = @_;

    my $request = take_request($c) or return;

    $request->{n} = ++$self->{n};
    $request->{connection} = $c->{number};

    $self->event($c, 'request', %$request);

    my $reply = $self->reply($request);

    $c->{busy} = 1;
    $c->{close} = $reply->{keepalive} // 1 ? 0 : 1;
    $c->{ops} = [ operations($reply, $c) ];
    $c->{at} = 0;
}


# the next request of a connection, once it is there as a whole

sub take_request {
    my ($c) = @_;

    return unless $c->{in} =~ /\r\n\r\n/;

    my $head = substr $c->{in}, 0, $-[0];
    my $start = $+[0];

    my ($line, @fields) = split /\r\n/, $head;
    my ($method, $uri, $version) = split / /, $line;
    my @headers = map { [ /^([^:]*):\s*(.*?)\s*$/ ] } @fields;
    my %by_name = map { lc $_->[0] => $_->[1] } @headers;

    my $body;

    if (($by_name{'transfer-encoding'} // '') =~ /chunked/i) {
        my $rest = substr $c->{in}, $start;
        ($body, my $used) = take_chunked($rest);
        return unless defined $body;
        $start += $used;

    } else {
        my $length = $by_name{'content-length'} // 0;
        return if length $c->{in} < $start + $length;
        $body = substr $c->{in}, $start, $length;
        $start += $length;
    }

    substr $c->{in}, 0, $start, '';

    return { method => $method, uri => $uri, version => $version,
             headers => \%by_name, fields => \@headers, body => $body,
             head => $head };
}


sub take_chunked {
    my ($in) = @_;

    my ($body, $pos) = ('', 0);

    while (substr($in, $pos) =~ /^([0-9a-f]+)[^\n]*\n/i) {
        my $size = hex $1;
        $pos += $+[0];

        if ($size == 0) {
            return unless substr($in, $pos) =~ /^(?:[^\r\n]+\r\n)*\r\n/;
            return ($body, $pos + $+[0]);
        }

        return if length $in < $pos + $size + 2;

        $body .= substr $in, $pos, $size;
        $pos += $size + 2;
    }

    return;
}


# which reply a request gets: the table's next one, and its last one for ever

sub reply {
    my ($self, $request) = @_;

    open my $fh, '<', $self->{script} or die "$self->{script}: $!\n";
    local $/;
    my $script = $log_json->decode(<$fh>);

    if ($script->{generation} != ($self->{seen} // 0)) {
        $self->{seen} = $script->{generation};
        $self->{next} = 0;
    }

    my $table = $script->{replies};
    my $reply = @$table
        ? $table->[ $self->{next} < @$table ? $self->{next}++ : -1 ]
        : { status => 500 };

    if (defined $reply->{code}) {
        local $request->{json} = eval { $json->decode($request->{body}) };
        $reply = $self->{code}[$reply->{code}]->($request);
    }

    return $reply;
}


# A reply as a list of what to do: bytes to write, [ 'wait', s ], and at the
# end one of 'done', 'fin', 'rst', 'hang'.

sub operations {
    my ($reply, $c) = @_;

    my ($head, $body) = defined $reply->{raw} ? (split_raw($reply->{raw}))
                                              : compose($reply, $c);
    my $whole = $head . $body;
    my $end = $c->{close} ? 'fin' : 'done';
    my $limit = $reply->{cut} // $reply->{hang};

    if (defined $limit) {
        $limit = length $head if $limit eq 'head';
        $whole = substr $whole, 0, $limit;
        $end = defined $reply->{cut} ? $reply->{how} // 'fin' : 'hang';
    }

    my @ends = $reply->{bytewise} ? (1 .. length($whole) - 1)
                                  : @{$reply->{split} || []};

    if ($reply->{body_delay} && length $whole > length $head) {
        push @ends, length $head;
        @ends = sort { $a <=> $b } @ends;
    }

    my @ops;
    my $from = 0;

    push @ops, [ 'wait', $reply->{delay} ] if $reply->{delay};

    for my $to (@ends, length $whole) {
        next if $to <= $from || $to > length $whole;

        push @ops, [ 'wait', $reply->{pause} // 0.001 ] if $from;
        push @ops, [ 'wait', $reply->{body_delay} ]
            if $reply->{body_delay} && $from == length $head;
        push @ops, substr $whole, $from, $to - $from;

        $from = $to;
    }

    return (@ops, [ $end ]);
}


sub split_raw {
    my ($raw) = @_;

    my $n = $raw =~ /\r?\n\r?\n/ ? $+[0] : length $raw;

    return (substr($raw, 0, $n), substr($raw, $n));
}


sub compose {
    my ($reply, $c) = @_;

    my $body = $reply->{body} // '';
    my @headers = @{$reply->{headers} || []};

    if (defined $reply->{json}) {
        $body = $json->encode($reply->{json});
        unshift @headers, 'Content-Type: application/json';
    }

    if ($reply->{chunked}) {
        my @sizes = ref $reply->{chunked} ? @{$reply->{chunked}} : ();
        my $text = '';

        while (length $body) {
            my $part = substr $body, 0, shift @sizes // length $body, '';
            $text .= sprintf "%x\r\n%s\r\n", length $part, $part;
        }

        $body = $text . "0\r\n\r\n";
        push @headers, 'Transfer-Encoding: chunked';

    } elsif (!exists $reply->{length}) {
        push @headers, 'Content-Length: ' . length $body;

    } elsif (defined $reply->{length}) {
        push @headers, "Content-Length: $reply->{length}";

    } else {
        $c->{close} = 1;
    }

    push @headers, 'Connection: close' if $c->{close};

    my $status = $reply->{status} // 200;
    my $reason = $reply->{reason} // 'Reason';

    return (join("\r\n", "HTTP/1.1 $status $reason", @headers, '', ''), $body);
}


# one operation, or what the socket takes of it

sub step {
    my ($self, $c) = @_;

    my $op = $c->{ops}[0];

    if (!ref $op) {
        my $n = syswrite $c->{socket}, $op;

        if (!defined $n) {
            return if $!{EAGAIN} || $!{EINTR};
            $self->event($c, 'closed');
            $c->{closed} = 'fin';

        } elsif ($n < length $op) {
            substr $c->{ops}[0], 0, $n, '';

        } else {
            shift @{$c->{ops}};
        }

        return;
    }

    shift @{$c->{ops}};

    if ($op->[0] eq 'wait') {
        $c->{at} = Time::HiRes::time() + $op->[1];

    } elsif ($op->[0] eq 'done') {
        $self->event($c, 'done');
        $c->{busy} = 0;
        $self->next_request($c);

    } elsif ($op->[0] ne 'hang') {
        $self->event($c, 'done');
        $c->{closed} = $op->[0];
    }
}


1;
