#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Keys in all places where there may be one, providers that repeat what they
# were sent in every way, all logs at their most talkative: nothing of a key
# is in any of them, nor in what callers get.

use strict;
use warnings;

use MIME::Base64 ();
use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

# none looks like a key of a vendor, so no expression finds them

my %ours = (
    env => 'Qm7fX2LmZ9aVt+4KcW1eRb8Tq/u5',
    file => 'Wd3hY6NpJ0sGx.8BvM2kUo7Lz_i1',
    header => 'Ee9rT1yU4iO6pA3sD5fG7hJ0kLzX',
    path => 'Vc2bN8mK5jH1gF7dS4aP9oI3uYtR',
);

my %theirs = (
    authorization => 'Zx4cV6bN1mA8sD3fG5hJ7kL0qWeR',
    api_key => 'Pl0oK9ij8uH7yG6tF5rD4eS3wA2q',
    cookie => 'Mn1bV2cX3zL4kJ5hG6fD7sA8pOiU',
    proxy => 'Tg5bR4fV3eD2cW1sX0qA9zLkJmHn',
);

$ENV{AGENT_TEST_KEY} = $ours{env};

my $t = Test::Agent->new(level => 'debug');

my %echo = echoes();
my $good = openai_reply('{"decision":"yes"}');
my $p = Test::Agent::Provider->new($t, 'provider', $good, values %echo);

$t->write_file('keys/key', "$ours{file}\n");
chmod 0755, $t->testdir() . '/keys';
chmod 0644, $t->testdir() . '/keys/key';

site($t, files => {
        'chat/agent.json' => '{}',
        'chat/prompt.md' => "Chat.\n",
    },
    http => <<HTTP,
        agent_provider env {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_provider%%/v1;
            api_key env:AGENT_TEST_KEY;
            header  X-Custom-Auth $ours{header};
            model   m;
        }

        agent_provider file {
            dialect openai;
            pass    http://127.0.0.1:%%PORT_provider%%/v1;
            api_key file:keys/key;
            header  X-First 1;
            header  X-Custom-Auth $ours{header};
            model   m;
        }

        agent_route env { model env/m; }
        agent_route file { model file/m; }

        agent_log %%TESTDIR%%/redacted.log body=redacted;
        access_log %%TESTDIR%%/access.log;
HTTP
    server => <<'SERVER')
        location /file {
            agent decide@draft;
            agent_route_default file;
            agent_log %%TESTDIR%%/full.log body=full;
        }
        location /env {
            agent decide@draft;
            agent_route_default env;
            agent_log %%TESTDIR%%/full.log body=full;
        }
        location /chat {
            agent chat@draft;
            agent_route_default env;
            agent_log %%TESTDIR%%/full.log body=full;
        }
        location /redacted {
            agent decide@draft;
            agent_route_default env;
        }
        location /closed {
            agent decide@draft;
            agent_auth $http_x_user;
        }
SERVER
    ;

# the site's own agent_log stands where ours has to

(my $conf = $t->read_file('nginx.conf')) =~ s/^\s+agent_log \S+ body=full;//m;
$t->write_file('nginx.conf', $conf);
$t->run();

my $from = 0;
my $answers = '';


# the callers' own, which are none of the provider's business

my %headers = (
    'Authorization' => "Bearer $theirs{authorization}",
    'X-API-Key' => $theirs{api_key},
    'Cookie' => "session=$theirs{cookie}",
    'Proxy-Authorization' => "Basic $theirs{proxy}",
);

is(run_agent('{"text":"a"}', \%headers, uri => '/env')->status, 200,
   'a caller with keys of its own');

my $q = $p->last;

is($q->{headers}{authorization}, "Bearer $ours{env}", 'our key was sent');
is($q->{headers}{'x-custom-auth'}, $ours{header}, 'and our header');
unlike($q->{head} . $q->{body}, found(values %theirs),
       'nothing of the caller goes to a provider');

for my $body ('{"text":"a"}', '{', '{"nothing":1}', 'x' x 100) {
    for my $uri (qw/ env file closed none /) {
        note_answer(run_agent($body, \%headers, uri => "/$uri"));
    }
}

note_answer(http_get("/$_", \%headers)) for qw/ env env\/openapi.json closed /;
note_answer(http("POST /env HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                 . "$theirs{authorization}\r\nContent-Length: 5\r\n"
                 . "Content-Length: 6\r\n\r\n"));
clean('a caller with keys');


# providers that repeat all that they were sent

for my $name (sort keys %echo) {
    $p->replies($echo{$name}, $echo{$name}, $good);

    for my $uri (qw/ env file chat redacted /) {
        my $r = run_agent('{"text":"a"}', {}, uri => "/$uri");

        # of a model's own words only the records are looked at

        note_answer($r) if $name !~ /^content/;
    }

    clean($name);
}

my @details = grep { defined } map { $_->{attempts}[0]{detail} }
    $t->json_lines('full.log');

cmp_ok((scalar grep { /\[redacted:credential\]/ } @details), '>=', 20,
       'providers have repeated keys, and they were masked');


# what configurations say of keys

for my $row (
    [ 'api_key "";', "api_key $ours{path};" ],
    [ 'api_key "";', "api_key key:$ours{path};" ],
    [ 'api_key "";', "api_key env:A=$ours{path};" ],
    [ 'api_key "";', 'api_key file:keys/bad;' ],
    [ 'api_key "";', "header Authorization \"Bearer $ours{path}\";" ],
    [ 'api_key "";', "header X-A \"$ours{path}\" \"$ours{path}\";" ],
    [ 'api_key "";', "header X-A \" $ours{path}\";" ],
    [ 'pass    http://', "pass http://user:$ours{path}\@" ],
    [ '/v1;', "/v1?key=$ours{path};" ],
) {
    my ($line, $wrong) = @$row;

    $t->write_file('keys/bad', "$ours{path}\n$ours{path}\n");

    (my $broken = $conf) =~ s/\Q$line/$wrong/;
    my ($rc, $output) = $t->test_config($broken);

    (my $name = $wrong) =~ s/\Q$ours{path}/KEY/g;

    like($output, qr/\[emerg\]/, "refused: $name");
    unlike($output, found($ours{path}), "not repeated: $name");
}

$t->done_testing();


sub note_answer { $answers .= $_[0]->raw }


# whether logs and answers since the last time have none of the keys

sub clean {
    my ($name) = @_;

    my $log = '';

    $log .= $t->read_file($_)
        for qw/ full.log redacted.log access.log stderr.log /;

    # at level debug nginx itself writes the head of each request

    my $error = substr $t->error_log(), $from;
    $from += length $error;

    my @lines = grep { !/ http header: "/
                       && !/ \[info\] .* client sent duplicate header line/ }
        split /\n/, $error;

    my $all = join "\n", $log, $answers, @lines;
    my $re = found(values %ours, values %theirs);
    my ($line) = grep { $_ =~ $re } split /\n/, $all;

    ok(!defined $line, "no key is told: $name")
        or diag(substr $line, 0, 2000);

    $answers = '';
}


# finds any eight bytes of a key, and all of it in other clothes

sub found {
    my (@keys) = @_;

    my @forms;

    for my $key (@keys) {
        push @forms, map { substr $key, $_, 8 } 0 .. length($key) - 8;

        my $hex = unpack 'H*', $key;
        push @forms, $hex, uc $hex;

        (my $url = $key) =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;
        push @forms, $url;

        # what base64 makes of it wherever it begins

        push @forms, map {
            substr MIME::Base64::encode_base64('x' x $_ . $key, ''), 4, 24
        } 0 .. 2;
    }

    my $any = join '|', map { quotemeta } @forms;

    return qr/$any/;
}


# Ways to repeat what was sent.  They run in the provider's process.

sub echoes {
    my $sent = sub {
        my ($q) = @_;
        (my $key = $q->{headers}{authorization}) =~ s/^Bearer //;
        return ($key, $q->{headers}{'x-custom-auth'});
    };

    my %text = (
        whole => sub { "Key $_[0] and $_[1] are not known." },
        head => sub { $_[2]{head} },
        start => sub { 'Unknown: ' . substr($_[0], 0, 12) . '****, '
                       . substr($_[1], 0, 8) . '***' },
        end => sub { 'Unknown: ...' . substr($_[0], -10) },
        cut => sub { 'x' x (200 - 12) . $_[0] },
        json => sub { Test::Agent::encode({ sent => [ @_[0, 1] ] }) },
        controls => sub { "a\r\n\t$_[0]\x01$_[1]\x7f" },
    );

    my %form = (
        message => sub { { error => { message => $_[0] } } },
        code => sub { { error => { message => 'no', code => $_[0],
                                   type => $_[0] } } },
        string => sub { { error => $_[0] } },
        detail => sub { { detail => [ { msg => $_[0], loc => [ $_[0] ] } ] } },
        array => sub { [ { error => { message => $_[0] } } ] },
        body => sub { $_[0] },
    );

    my %echo;

    for my $text (keys %text) {
        for my $form (keys %form) {
            for my $status ($form eq 'message' ? (400, 401, 404, 429, 500)
                                               : (200, 400, 500))
            {
                $echo{"$text as $form with $status"} = sub {
                    my ($q) = @_;
                    my $say = $form{$form}->($text{$text}->($sent->($q), $q));

                    return { status => $status,
                             headers => [ 'Content-Type: application/json' ],
                             body => ref $say ? Test::Agent::encode($say)
                                              : $say };
                };
            }
        }
    }

    $echo{HTML} = sub {
        my ($key, $header) = $sent->($_[0]);
        return { status => 400, headers => [ 'Content-Type: text/html' ],
                 body => "<html><body>$key, $header</body></html>" };
    };

    $echo{'escaped JSON'} = sub {
        my ($key) = $sent->($_[0]);
        (my $escaped = $key) =~ s/(.)/sprintf '\\u%04x', ord $1/ge;
        return { status => 400, headers => [ 'Content-Type: application/json' ],
                 body => qq/{"error":{"message":"$escaped"}}/ };
    };

    $echo{headers} = sub {
        my ($key, $header) = $sent->($_[0]);
        return { status => 500, body => '', headers => [
            map { ("$_: $key", "$_-2: $header") }
                qw/ x-request-id request-id Retry-After Location Set-Cookie
                    X-Accel-Redirect Content-Type Date WWW-Authenticate / ] };
    };

    $echo{'an id in an answer'} = sub {
        my ($key) = $sent->($_[0]);
        return { %$good, headers => [ "x-request-id: $key" ] };
    };

    $echo{'a status line'} = sub {
        my ($key) = $sent->($_[0]);
        return { raw => "HTTP/1.1 $key $key\r\n$key: $key\r\n\r\n" };
    };

    $echo{'a reason'} = sub {
        my ($key) = $sent->($_[0]);
        return { raw => "HTTP/1.1 500 $key\r\n$key\r\n\r\n$key" };
    };

    $echo{'a bad chunk'} = sub {
        my ($key) = $sent->($_[0]);
        return { raw => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                        . "\r\n$key\r\n$key" };
    };

    $echo{'a redirect'} = sub {
        my ($key) = $sent->($_[0]);
        return { status => 302, body => $key,
                 headers => [ "Location: http://127.0.0.1:1/?key=$key" ] };
    };

    for my $text (sub { $_[0] }, sub { "{\"decision\":\"$_[0]\"}" },
                  sub { "{\"decision\":\"yes\",\"$_[0]\":\"$_[1]\"}" },
                  sub { "{\"decision\":\"yes\",\"note\":\"$_[0]\"}" },
                  sub { "I was given $_[0], and $_[1]." })
    {
        my $n = keys %echo;

        $echo{"content $n"} = sub {
            return openai_reply($text->($sent->($_[0])));
        };
        $echo{"content $n, a refusal"} = sub {
            return openai_reply(undef, refusal => $text->($sent->($_[0])));
        };
    }

    return %echo;
}
