#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Nothing that an expression matches gets into a record, nor any credential.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;
use Test::Agent::Provider;
use Test::Agent::Site;

$ENV{PROVIDER_KEY} = 'zq0f3a77c2e1b94d';

my $t = Test::Agent->new();
my $p = Test::Agent::Provider->new($t, 'provider',
                                   openai_reply('{"decision":"yes"}'));

site($t, files => {
        'any/agent.json' => '{}',
        'any/input.schema.json' => '{}',
        'any/output.schema.json' => '{}',
    }, http => <<'HTTP', server => <<'SERVER')
    agent_redact email "[\w.+-]+@[\w.-]+";

    agent_provider keyed {
        dialect openai;
        pass    http://127.0.0.1:%%PORT_provider%%/v1;
        api_key env:PROVIDER_KEY;
        model   small;
    }

    agent_route keyed { model keyed/small; }
HTTP
        agent_route_default keyed;

        location = /any {
            agent any@draft;
            agent_log %%TESTDIR%%/any.log body=redacted;
        }

        location = /own {
            agent any@draft;
            agent_log %%TESTDIR%%/own.log body=redacted;
            agent_redact card "\b\d{16}\b";
            agent_redact ssn  "\"ssn\":\"[^\"]*\"";
            agent_redact slow "(?:(?:z+)+)+(?:y|\1)()$";
        }

        location = /full {
            agent any@draft;
            agent_log %%TESTDIR%%/full.log body=full;
        }
SERVER
    ->run();

my (%n, $line, $record);


# each body, and escapes that would hide what they stand for

$p->replies(openai_reply('To ann@x.org: {"to": "ann@x.org", "n": 1.0}'));
run('/any', '{"from": "bob\u0040x.org", "bob@x.org": [12, null]}');

is_deeply($record->{input},
          { from => '[redacted:email]', '[redacted:email]' => [ 12, undef ] },
          'input');
like($line, qr/"output":\{"to":"\[redacted:email\]","n":1\.0\}/, 'output');
is($record->{raw_output},
   'To [redacted:email]: {"to": "[redacted:email]", "n": 1.0}', 'raw_output');
unlike($line, qr/\@x\.org|u0040/i, 'nowhere else');

is_deeply($p->last->{json}{messages}[-1]{content},
          '{"from":"bob\u0040x.org","bob@x.org":[12,null]}',
          'the model gets all of it');

run('/full', '{"from": "bob\u0040x.org"}');
is($record->{input}{from}, 'bob@x.org', 'body=full is as it is');


# a level's own set, numbers, expressions over names and values

$p->replies(openai_reply('{"n": 4111111111111111, "m": 411111111111111}'));
run('/own', '{"ssn": "123-45-6789", "mail": "bob@x.org"}');

is($record->{input}, '{[redacted:ssn],"mail":"bob@x.org"}',
   'what is no JSON any more is a string, and the set is not inherited');
is_deeply($record->{output}, { n => '[redacted:card]', m => 411111111111111 },
          'a number');

run('/own', '{"a": "' . 'z' x 5000 . '!", "b": 1}');
is($record->{input}{a}, '[redacted:slow]',
   'what an expression can not tell in its limits is masked whole');
ok($t->read_file('own.log') !~ /zzzz/, 'and not there');


# what else is of others: tags, violations, details

run('/any', '{"a": 1}', { 'Agent-Tags' => 'user=bob@x.org, team=a' });
is_deeply($record->{tags}, { user => '[redacted:email]', team => 'a' },
          'tags');

for my $case (
    [ 'an address', 'no such user bob@x.org', 'no such user [redacted:email]' ],
    [ 'an OpenAI key', 'Incorrect API key provided: sk-abc*********xyz.',
      'Incorrect [redacted:credential]' ],
    [ 'a bearer token', 'got Bearer 0123456789abcdef there',
      'got [redacted:credential] there' ],
    [ 'a header', 'x-api-key: 0123456789', 'x-[redacted:credential]' ],
    [ 'its own key', 'you sent zq0f3a77c2e1b94d to us',
      'you sent [redacted:credential] to us' ],
    [ 'a piece of it', 'you sent zq0f3a77...4d to us',
      'you sent [redacted:credential]...4d to us' ])
{
    my ($name, $message, $expected) = @$case;

    $p->replies(openai_error(500, 'oops', $message));
    run('/any', '{}');

    like($record->{attempts}[0]{detail}, qr/\Q$expected\E$/, "$name in detail");
}

is($p->last->{headers}{authorization}, 'Bearer zq0f3a77c2e1b94d',
   'the key was sent');

$p->replies(openai_reply('{"key": "sk-live-0123456789", "pass": 1}'));
run('/any', '{"authorization": "Bearer 0123456789", "password": "x"}');
is($record->{output}{key}, '[redacted:credential]', 'credentials in bodies');
is_deeply($record->{input}, { authorization => '[redacted:credential]',
                              password => '[redacted:credential]' }, 'in both');


# a secret over the place where a long body is cut

run('/any', Test::Agent::encode({ t => 'x' x 65520 . ' bob@x.org' }));
is($record->{truncated}, JSON::PP::true(), 'a long body');
unlike($line, qr/bob|\@x/, 'is masked before it is cut');

for my $file (qw/ any.log own.log error.log /) {
    unlike($t->read_file($file), qr/zq0f3a77c2e1b94d/, "no key in $file");
}

$t->done_testing();


sub run {
    my ($uri, $body, $headers) = @_;

    run_agent($body, $headers, uri => $uri);

    (my $name = $uri) =~ s{/}{};
    my $n = ++$n{$name};
    wait_until(sub { $n <= (() = $t->read_file("$name.log") =~ /\n/g) });

    $line = (split /\n/, $t->read_file("$name.log"))[-1];
    $record = Test::Agent::decode($line);
}
