#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# agent_provider and agent_zone: what nginx -t refuses, in which words, and
# which line of nginx.conf it names.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::TLS;

# nothing runs: -t alone, and without the simulator's warning

my $t = Test::Agent->new(modules => [ 'ngx_http_agent_module' ]);

tls_certificates($t, 'provider.test');

$t->write_file('key', "sk-file\n");
$t->write_file('empty', "\n \n");
$t->write_file('lines', "sk-one\nsk-two\n");
$t->write_file('long', 'k' x 8193);
$t->write_file('not.pem', "not a certificate\n");
mkdir $t->testdir() . '/dir';

$ENV{AGENT_TEST_KEY} = 'sk-secret-value';
$ENV{AGENT_TEST_EMPTY} = ' ';

# The block begins in line $line + 1; its own lines follow.

my $head = $t->expand(<<'CONF');
%%TEST_GLOBALS%%
events {}
http {
%%TEST_GLOBALS_HTTP%%
resolver 127.0.0.1;
upstream pool { server 127.0.0.1:9; }
upstream pool.test { server 127.0.0.1:9; }
CONF

my $line = () = $head =~ /\n/g;
my $conf = $t->testdir() . '/nginx.conf';

sub output {
    my ($text) = @_;

    return $t->test_config("$head$text}\n");
}


sub provider {
    return "agent_provider p {\n" . join("\n", @_) . "\n}\n";
}


my @base = ('dialect openai;', 'pass http://provider.test/v1;', 'model m;');

# the usual block, with some of its lines replaced by others of their key

sub changed {
    my @lines = @_;
    my %keys = map { /^(\w+)/ ? ($1 => 1) : () } @lines;

    return provider(@lines, grep { /^(\w+)/ && !$keys{$1} } @base);
}


# A row: its name; the block or its first lines; what is said; the line, from
# the block's first (which is line 1, so that the first given line is 2).

my $literal = qr/must be "env:NAME", "file:PATH" or ""/;

for my $row (
    # the block

    [ 'a name', "agent_provider Open/AI {\n}\n", 'invalid provider name', 1 ],
    [ 'a long name', 'agent_provider ' . 'p' x 64 . " {\n}\n",
      'invalid provider name', 1 ],
    [ 'no name', "agent_provider {\n}\n",
      'invalid number of arguments in "agent_provider"', 1 ],
    [ 'a duplicate', provider(@base) . provider(@base),
      'duplicate provider "p"', 6 ],
    [ 'one too many', join('', map {
        "agent_provider p$_ { dialect openai; pass unix:/a; model m; }\n"
      } 1 .. 65), 'too many providers, there may be 64', 65 ],
    [ 'an empty block', provider(), 'no "dialect" in agent_provider "p"', 1 ],
    [ 'no pass', provider('dialect openai;', 'model m;'),
      'no "pass" in agent_provider "p"', 1 ],
    [ 'no model', provider('dialect openai;', 'pass http://provider.test;'),
      'no "model" in agent_provider "p"', 1 ],
    [ 'an unknown key', changed('frobnicate on;'),
      'unknown key "frobnicate" in "agent_provider"', 2 ],
    [ 'a block within', changed('model m {', '}'), 'unexpected "{"', 2 ],

    # dialects

    [ 'an unknown dialect', changed('dialect latin;'),
      'unknown dialect "latin", this build has: openai', 2 ],
    [ 'a later dialect', changed('dialect gemini;'),
      'dialect "gemini" is not supported by this build, it has: openai', 2 ],
    [ 'two dialects', changed('dialect openai;', 'dialect openai;'),
      '"dialect" in "agent_provider" is duplicate', 3 ],

    # pass

    (map { [ "pass $_->[0]", changed("pass $_->[0];"), $_->[1], 2 ] }
        [ '""',                   'must begin with "http://"' ],
        [ 'ftp://provider.test',  'must begin with "http://"' ],
        [ 'provider.test:80',     'must begin with "http://"' ],
        [ 'http://',              'must begin with "http://"' ],
        [ 'http:///v1',           'no host in "pass"' ],
        [ 'http://$host/v1',      'cannot have variables' ],
        [ 'http://a@provider.test', 'takes no user, password or query' ],
        [ 'http://a:b@provider.test', 'takes no user, password or query' ],
        [ 'http://pro_vider!.test', 'invalid host in "pass"' ],
        [ 'http://provider.test:0', 'invalid port in "pass"' ],
        [ 'http://provider.test:65536', 'invalid port in "pass"' ],
        [ 'http://provider.test?a', 'takes no user, password or query' ],
        [ 'http://provider.test/v1?a=b', 'takes no user, password or query' ],
        [ 'http://provider.test/v1#a', 'invalid path in "pass"' ],
        [ "'http://provider.test/v 1'", 'invalid path in "pass"' ],
        [ 'http://[::1',          'invalid host in "pass"' ],
        [ 'unix:',                'must begin with "http://"' ],
        [ 'http://unix:',         'no path in the unix domain socket' ],
        [ 'unix:/a:v1',           'invalid path in "pass"' ],
        [ 'unix:/' . 'a' x 200,   'too long path' ]),
    [ 'two passes', changed('pass http://a.test;', 'pass http://b.test;'),
      '"pass" in "agent_provider" is duplicate', 3 ],

    (map { [ "pass $_->[0]", changed("pass $_->[0];"), $_->[1], 1 ] }
        [ 'http://nopool',  'no upstream "nopool" for "pass"; if it is' ],
        [ 'nopool',         'and there is no upstream "nopool"' ],
        [ 'nopool.test/v1', 'and there is no upstream "nopool.test"' ],
        [ 'http://pool:80', 'upstream "pool" may not have a port in "pass"' ],
        [ 'https://[::1]:8443/v1', 'write "host" with the name' ]),

    [ 'keepalive of an upstream block',
      changed('pass http://pool;', 'keepalive 8;'),
      '"keepalive" belongs in upstream "pool"', 1 ],
    [ 'two hosts of one upstream block', changed('pass http://pool;')
      . "agent_provider q {\ndialect openai; pass http://pool; model m;\n"
      . "host other.test;\n}\n",
      'upstream "pool" is used with another host or other TLS settings by '
      . 'agent_provider "p" in agent_provider "q"', 6 ],
    [ 'TLS and none over one upstream block', changed('pass http://pool;')
      . "agent_provider q {\ndialect openai; pass https://pool; model m;\n}\n",
      'upstream "pool" is used with another host or other TLS settings', 6 ],

    # host

    (map { [ "host $_", changed("host $_;"), '"host" in "agent_provider"', 2 ] }
        '""', '"a b"', 'a:0', 'a:b', 'a/b', '"a\r\nb"', '[::1', 'a@b', '":80"'),
    [ 'two hosts', changed('host a;', 'host b;'), 'is duplicate', 3 ],

    # api_key

    [ 'a literal key', changed('api_key sk-secret-value;'), $literal, 2 ],
    [ 'a key that looks like a place', changed('api_key env:;'), $literal, 2 ],
    [ 'an unset variable', changed('api_key env:AGENT_TEST_UNSET;'),
      'environment variable "AGENT_TEST_UNSET" of "api_key" is not set', 2 ],
    [ 'an empty variable', changed('api_key env:AGENT_TEST_EMPTY;'),
      'environment variable "AGENT_TEST_EMPTY" of "api_key" is empty', 2 ],
    [ 'no name of a variable', changed('api_key env:A=B;'),
      'invalid name of an environment variable', 2 ],
    [ 'no file', changed('api_key file:nowhere;'),
      qr{file "\S+/nowhere" of "api_key" can't be read \(2: No such file}, 2 ],
    [ 'a directory', changed('api_key file:dir;'), 'is not a regular file', 2 ],
    [ 'an empty file', changed('api_key file:empty;'),
      qr/file "\S+" of "api_key" is empty/, 2 ],
    [ 'a file of two lines', changed('api_key file:lines;'),
      'contains control characters', 2 ],
    [ 'a long file', changed('api_key file:long;'),
      'is longer than 8192 bytes', 2 ],
    [ 'two keys', changed('api_key file:key;', 'api_key "";'),
      'several "api_key" are not supported by this build', 3 ],

    # header

    (map { [ "header $_->[0]", changed("header $_->[0];"), $_->[1], 2 ] }
        [ 'Host a',               '"header" "Host" is set by "host"' ],
        [ 'content-length 1',     'belongs to the message\'s framing' ],
        [ 'Transfer-Encoding x',  'belongs to the message\'s framing' ],
        [ 'Connection close',     'belongs to the message\'s framing' ],
        [ 'Authorization "Bearer sk-secret-value"', 'use "api_key"' ],
        [ 'X-API-Key sk-secret-value', 'use "api_key"' ],
        [ '"a b" c',              'has an invalid name' ],
        [ 'X-Org ""',             'has a value that is empty' ],
        [ '"X-Org" "a\r\nHost: b"', 'has a value' ],
        [ 'X-Org $http_x_org',    'cannot have variables' ],
        [ 'X-Org',                'invalid number of values' ]),

    # models

    (map { [ "model $_->[0]", changed("model $_->[0];"), $_->[1], 2 ] }
        [ '"a b"',            'invalid model name' ],
        [ '"a,b"',            'invalid model name' ],
        [ '""',               'invalid model name' ],
        [ 'm extra',          'unknown parameter "extra" of model "m"' ],
        [ 'm size=1',         'unknown parameter "size=1" of model "m"' ],
        [ 'm drop=temperature',
          '"drop=" of "model" is not supported by this build' ],
        [ 'm id=',            '"id=" of model "m" must match' ],
        [ 'm id=a id=b',      '"id=b" of model "m" is duplicate' ],
        [ 'm context=0',      'must be a number of tokens' ],
        [ 'm context=1.5k',   'must be a number of tokens' ],
        [ 'm max_output=-1',  'must be a number of tokens' ],
        [ 'm input=-1',       'must be USD for a million tokens' ],
        [ 'm output=0.0000001', 'must be USD for a million tokens' ],
        [ 'm input=1 input=1', 'is duplicate' ],
        [ 'm over=272k',      'must be tokens and four rates' ],
        [ 'm over=2k:1,1,1,1 over=1k:1,1,1,1', 'must be more tokens than' ],
        [ 'm ' . join(' ', map { "over=${_}k:1,1,1,1" } 1 .. 4),
          'is one too many' ]),
    [ 'two models of a name', changed('model m;', 'model m id=x;'),
      'duplicate model "m"', 3 ],

    # numbers and times

    (map { [ "$_->[0]", changed("$_->[0];"), $_->[1], 2 ] }
        [ 'connect_timeout 0',      'must be a time greater than zero' ],
        [ 'connect_timeout soon',   'must be a time greater than zero' ],
        [ 'first_byte_timeout 2h',  'must not be longer than 1h' ],
        [ 'idle_timeout -1',        'must be a time greater than zero' ],
        [ 'keepalive many',         'must be a number from 0 to 10000' ],
        [ 'keepalive 10001',        'must be a number from 0 to 10000' ],
        [ 'max_concurrency 0',      'must be a number greater than zero' ],
        [ 'bind here',              'must be an address of this machine' ],
        [ 'bind $server_addr',      'must be an address of this machine' ],
        [ 'labels region',          'label "region" must be "name=value"' ],
        [ 'labels a=b a=c',         'duplicate label "a"' ],
        [ 'labels "a=b c"',         'label "a=b c" must be "name=value"' ]),
    [ 'a time twice', changed('idle_timeout 1s;', 'idle_timeout 1s;'),
      'is duplicate', 3 ],

    # TLS

    [ 'ssl_verify yes', changed('pass https://provider.test;',
                                'ssl_verify yes;'),
      'must be "on" or "off"', 3 ],
    (map { [ "$_ without https", changed("$_ on;"),
             qq{"$_" without "https://" in "pass"}, 1 ] }
        qw/ ssl_verify ssl_trusted_certificate ssl_certificate
            ssl_certificate_key /),
    [ 'a certificate without its key',
      changed('pass https://provider.test;', 'ssl_certificate tls/client.crt;'),
      '"ssl_certificate" and "ssl_certificate_key" go together', 1 ],
    [ 'a key without its certificate',
      changed('pass https://provider.test;',
              'ssl_certificate_key tls/client.key;'),
      '"ssl_certificate" and "ssl_certificate_key" go together', 1 ],
    [ 'no trusted certificates',
      changed('pass https://provider.test;',
              'ssl_trusted_certificate nowhere.pem;'),
      qr{nowhere\.pem.*No such file}, 1 ],
    [ 'trusted certificates that are none',
      changed('pass https://provider.test;',
              'ssl_trusted_certificate not.pem;'),
      qr{not\.pem}, 1 ],
    [ 'a certificate that is none',
      changed('pass https://provider.test;', 'ssl_certificate not.pem;',
              'ssl_certificate_key tls/client.key;'),
      qr{not\.pem}, 1 ],
    [ 'the key of another certificate',
      changed('pass https://provider.test;', 'ssl_certificate tls/client.crt;',
              'ssl_certificate_key tls/good.key;'),
      qr{good\.key}, 1 ],

    # the zone

    (map { [ "agent_zone $_->[0]", "agent_zone $_->[0];\n" . provider(@base),
             $_->[1], 1 ] }
        [ 'large', 'invalid size "large" in "agent_zone"' ],
        [ '1023k', 'size "1023k" in "agent_zone" is too small' ],
        [ '0',     'size "0" in "agent_zone" is too small' ]),
    [ 'two zones', "agent_zone 1m;\nagent_zone 1m;\n", 'is duplicate', 2 ],
) {
    my ($name, $text, $said, $at) = @$row;

    my ($status, $output) = output($text);
    my @emerg = grep { /\[emerg\]/ } split /\n/, $output;
    my $re = ref $said ? $said : qr/\Q$said\E/;
    my $place = "$conf:" . ($line + $at);

    ok($status != 0 && @emerg == 1 && $emerg[0] =~ $re
       && $emerg[0] =~ / in \Q$place\E$/, $name)
        or diag("expected: $said ... in $place\n$output");

    fail("$name: the key is in the message") if $output =~ /secret-value/;
}

# what is taken, also in its less usual forms

for my $row (
    [ 'the least', changed() ],
    (map { [ "pass $_", changed("pass $_;") ] }
        'https://provider.test', 'HTTPS://provider.test:8443/v1/',
        'http://127.0.0.1:8080', 'http://[::1]:8080/v1', 'http://localhost',
        'http://unix:/tmp/socket:/v1', 'unix:/tmp/socket', 'pool', 'pool/v1',
        'http://pool/v1', 'http://pool.test', 'http://nopool:11434/v1',
        'http://provider.test./v1'),
    [ 'a block that comes later', changed('pass http://later/v1;')
      . "upstream later { server 127.0.0.1:9; }\n" ],
    [ 'two providers of one block', changed('pass http://pool;')
      . "agent_provider q {\ndialect openai; pass http://pool/v2; model m;\n"
      . "}\n" ],
    [ 'everything', changed(
        'pass https://provider.test/v1;', 'host other.test:8443;',
        'api_key env:AGENT_TEST_KEY;', 'keepalive 0;', 'ssl_verify on;',
        'ssl_trusted_certificate tls/ca.crt;',
        'ssl_certificate tls/client.crt;',
        'ssl_certificate_key tls/client.key;', 'bind 127.0.0.1;',
        'header OpenAI-Organization org-1;', 'header User-Agent test/1;',
        'model a context=1050k max_output=128k input=0.10 cached=0.01 '
        . 'cache_write=0.125 output=0.50;',
        'model b id=org/b:8b@1 input=2 output=10 over=272k:4.00,,,15 '
        . 'over=1m:5,1,1,20;', 'connect_timeout 1s;', 'first_byte_timeout 1h;',
        'idle_timeout 250ms;', 'max_concurrency 200;',
        'labels region=us trust=external;', 'labels tier=1;') ],
    [ 'a key in a file', changed('api_key file:key;') ],
    [ 'no key', changed('api_key "";') ],
    [ 'a zone', "agent_zone 1m;\n" . changed() ],
) {
    my ($name, $text) = @$row;

    my ($status, $output) = output($text);

    ok($status == 0 && $output !~ /\[(?:warn|emerg)\]/, "$name: taken")
        or diag($output);
}

# lines from another file, with their place

$t->write_file('models.conf', "model a;\nmodel b context=;\n");

my (undef, $included) = output(changed('include models.conf;'));

like($included, qr{must be a number of tokens.* in \S+/models\.conf:2$}m,
     'an included file is named');

# verification off is said at start

my ($status, $off) = output(changed('pass https://provider.test;',
                                    'ssl_verify off;'));

is($status, 0, 'ssl_verify off is taken');
like($off, qr{\[warn\].*"ssl_verify off".* in agent_provider "p" in \Q$conf\E:},
     'and warned of');

$t->done_testing();
