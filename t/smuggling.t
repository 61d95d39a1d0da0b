#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Requests that two readers may understand in two ways: nginx refuses them,
# or an agent runs once, with the body that is its own.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

my $t = Test::Agent->new();
my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

site($t, server => <<'SERVER')
        server_name site.test;

        location = /key {
            agent decide@draft;
            agent_auth $http_authorization;
        }
SERVER
    ->run();

my @workers = $t->workers();
my $input = '{"text":"mine"}';
my $length = length $input;
my $json = "Content-Type: application/json\r\n";
my $chunked = sprintf "%x\r\n%s\r\n0\r\n\r\n", $length, $input;

# what would be another request, if it were one

my $hidden = "POST /run HTTP/1.1\r\nHost: a\r\n${json}"
    . "Content-Length: 17\r\n\r\n{\"text\":\"hidden\"}";

sub post {
    my ($headers, $body, %opt) = @_;

    my $uri = $opt{uri} // '/run';
    my $version = $opt{version} // '1.1';
    my $host = $opt{host} // "Host: a\r\n";

    return "POST $uri HTTP/$version\r\n$host$json$headers\r\n$body";
}


# name, request, statuses that may come, calls of the provider where it runs

my @cases = (
    [ 'CL and TE', post("Content-Length: $length\r\n"
                        . "Transfer-Encoding: chunked\r\n", $chunked), 400 ],
    [ 'TE and CL', post("Transfer-Encoding: chunked\r\n"
                        . "Content-Length: 4\r\n", $chunked), 400 ],
    [ 'CL.TE', post("Content-Length: " . (5 + length $hidden) . "\r\n"
                    . "Transfer-Encoding: chunked\r\n",
                    "0\r\n\r\n$hidden"), 400 ],
    [ 'two CL', post("Content-Length: $length\r\nContent-Length: 1\r\n",
                     $input), 400 ],
    [ 'two CL that are equal', post("Content-Length: $length\r\n" x 2, $input),
      400 ],
    [ 'a list of CL', post("Content-Length: $length, $length\r\n", $input),
      400 ],
    [ 'CL with a sign', post("Content-Length: +$length\r\n", $input), 400 ],
    [ 'CL below zero', post("Content-Length: -1\r\n", $input), 400 ],
    [ 'CL in hex', post("Content-Length: 0xf\r\n", $input), 400 ],
    [ 'CL beyond all', post('Content-Length: ' . '9' x 30 . "\r\n", $input),
      400 ],
    [ 'an empty CL', post("Content-Length: \r\n", $input), 400 ],
    [ 'TE in 1.0', post("Transfer-Encoding: chunked\r\n", $chunked,
                        version => '1.0'), 400 ],
    [ 'TE twice', post("Transfer-Encoding: chunked\r\n" x 2, $chunked), 400 ],
    [ 'gzip, chunked', post("Transfer-Encoding: gzip, chunked\r\n", $chunked),
      501 ],
    [ 'chunked, identity', post("Transfer-Encoding: chunked, identity\r\n",
                                $chunked), 501 ],
    [ 'identity', post("Transfer-Encoding: identity\r\n", $input), 501 ],
    [ 'xchunked', post("Transfer-Encoding: xchunked\r\n", $chunked), 501 ],
    [ 'TE with a tab', post("Transfer-Encoding:\tchunked\r\n", $chunked),
      '200 400 501' ],
    [ 'TE, a blank before the colon',
      post("Transfer-Encoding : chunked\r\nContent-Length: $length\r\n",
           $input), '200 400' ],
    [ 'TE, folded', post("Transfer-Encoding:\r\n chunked\r\n", $chunked),
      '400 501' ],
    [ 'underscores', post("Content_Length: 1\r\nTransfer_Encoding: chunked\r\n"
                          . "Content-Length: $length\r\n", $input), 200 ],
    [ 'a zero in a header', post("X: a\0b\r\nContent-Length: $length\r\n",
                                 $input), 400 ],
    [ 'a zero in a name', post("X\0: a\r\nContent-Length: $length\r\n",
                               $input), '200 400' ],
    [ 'a CR in a header', post("X: a\rb\r\nContent-Length: $length\r\n",
                               $input), '200 400' ],
    [ 'bare LF', post("Content-Length: $length\r\n", $input) =~ s/\r//gr, 200 ],
    [ 'bare LF in chunks', post("Transfer-Encoding: chunked\r\n",
                                $chunked =~ s/\r//gr), '200 400' ],
    [ 'chunk extensions', post("Transfer-Encoding: chunked\r\n",
          sprintf "%x;a=b;\"c\r\n%s\r\n0\r\n\r\n", $length, $input),
      '200 400' ],
    [ 'a chunk with a sign', post("Transfer-Encoding: chunked\r\n",
          sprintf "+%x\r\n%s\r\n0\r\n\r\n", $length, $input), 400 ],
    [ 'a chunk in 0x', post("Transfer-Encoding: chunked\r\n",
          sprintf "0x%x\r\n%s\r\n0\r\n\r\n", $length, $input), 400 ],
    [ 'a chunk beyond all', post("Transfer-Encoding: chunked\r\n",
          'f' x 17 . "\r\n$input\r\n0\r\n\r\n"), '400 413' ],
    [ 'a chunk that is longer', post("Transfer-Encoding: chunked\r\n",
          sprintf "%x\r\n%s!\r\n0\r\n\r\n", $length, $input), 400 ],
    [ 'trailers', post("Transfer-Encoding: chunked\r\n",
          sprintf "%x\r\n%s\r\n0\r\nContent-Length: 100\r\nHost: b\r\n\r\n",
          $length, $input), 200 ],

    [ 'no Host', post("Content-Length: $length\r\n", $input, host => ''),
      400 ],
    [ 'two Host', post("Content-Length: $length\r\n", $input,
                       host => "Host: a\r\nHost: b\r\n"), 400 ],
    [ 'two Host that are equal', post("Content-Length: $length\r\n", $input,
                                      host => "Host: a\r\n" x 2), 400 ],
    [ 'a Host that is none', post("Content-Length: $length\r\n", $input,
                                  host => "Host: a/b\r\n"), 400 ],
    [ 'two Authorization', post("Content-Length: $length\r\n"
          . "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", $input,
          uri => '/key'), 400 ],

    [ 'an absolute target', post("Content-Length: $length\r\n", $input,
                                 uri => 'http://site.test/run'), 200 ],
    [ 'an absolute target elsewhere', post("Content-Length: $length\r\n",
          $input, uri => 'http://other.test:99/run'), 200 ],
    [ 'an absolute target of another kind', post("Content-Length: $length\r\n",
          $input, uri => 'gopher://site.test/run'), '200 400' ],
    [ 'a target with a user', post("Content-Length: $length\r\n", $input,
                                   uri => 'http://a:b@site.test/run'), 400 ],
    [ 'two slashes', post("Content-Length: $length\r\n", $input,
                          uri => '//run'), 200 ],
    [ 'dots', post("Content-Length: $length\r\n", $input,
                   uri => '/x/../run'), 200 ],
    [ 'encoded dots', post("Content-Length: $length\r\n", $input,
                           uri => '/x/%2e%2e/run'), 200 ],
    [ 'encoded letters', post("Content-Length: $length\r\n", $input,
                              uri => '/%72un'), 200 ],
    [ 'dots above', post("Content-Length: $length\r\n", $input,
                         uri => '/../run'), 400 ],
    [ 'an encoded zero', post("Content-Length: $length\r\n", $input,
                              uri => '/run%00'), '400 404 405' ],
    [ 'an encoded slash', post("Content-Length: $length\r\n", $input,
                               uri => '/x%2frun'), '404 405' ],
    [ 'a semicolon', post("Content-Length: $length\r\n", $input,
                          uri => '/run;x'), '404 405' ],
    [ 'a blank in the target', post("Content-Length: $length\r\n", $input,
                                    uri => '/run HTTP/1.1 x'), '400 404 405' ],
    [ 'no target', post("Content-Length: $length\r\n", $input, uri => ''),
      400 ],
    [ 'HTTP/1.9', post("Content-Length: $length\r\n", $input,
                       version => '1.9'), '200 505' ],
    [ 'HTTP/2.0', post("Content-Length: $length\r\n", $input,
                       version => '2.0'), 505 ],
    [ 'method override', post("Content-Length: $length\r\n"
          . "X-HTTP-Method-Override: GET\r\n", $input), 200 ],
);

for my $case (@cases) {
    my ($name, $request, $statuses) = @$case;

    my $before = () = $p->requests();
    my $c = $t->connect('http');

    $c->send($request);

    my $r = $c->read_response(method => 'POST', timeout => 3);
    my $status = $r->status;

    like(" $statuses ", qr/ $status /, "$name: $status");

    # whatever is taken as a second request is no execution

    $c->shutdown;
    my $rest = $status == 200 ? $c->read_until(qr/^HTTP.*\n/m, 0.05) : '';
    $c->close;

    unlike($rest, qr/^HTTP\/1\.1 200/m, "$name: one answer");

    my @new = $p->requests();
    splice @new, 0, $before;

    is(scalar @new, $status == 200 ? 1 : 0, "$name: it runs once or not");

    if (@new) {
        is($new[0]{json}{messages}[1]{content}, $input, "$name: with its body");
    }
}

is(run_agent($input)->status, 200, 'and at the end all is well');
is((scalar grep { $_->{body} =~ /hidden/ } $p->requests()), 0,
   'nothing hidden has run');
is_deeply([ $t->workers() ], \@workers, 'the same workers');

$t->done_testing();
