#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# Bodies in the record: as they are, whole or cut, and always valid JSON.

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

site($t, files => {
        'chat/agent.json' => '{}',
        'chat/input.schema.json' => '{"type": "object"}',
    }, http => 'client_max_body_size 2m;', server => <<'SERVER')
        location = /none     { agent decide@draft;
                               agent_log %%TESTDIR%%/none.log; }
        location = /chat     { agent chat@draft;
                               agent_log %%TESTDIR%%/chat.log body=full; }
        location = /redacted { agent chat@draft;
                               agent_log %%TESTDIR%%/redacted.log
                                         body=redacted; }
SERVER
    ->run();

my %n;


# as they are

$p->replies(openai_reply("Sure:\n```json\n{ \"decision\": \"yes\",\n"
                         . "\"score\": 1.0,\n\"note\": \"a\\u00e9\\n\" }\n```"));

my ($line, $record) = run('/run',
    "{ \"text\" : \"h\\u00e9\\/\",\n \"n\" : 1.50e2 }", 'agents.log');

like($line, qr/"input":\{"text":"h\\u00e9\\\/","n":1\.50e2\},/,
     "the caller's own text without white space");
like($line, qr/"output":\{"decision":"yes","score":1\.0,"note":"a\\u00e9\\n"\},/,
     "the model's own text");
like($record->{raw_output}, qr/^Sure:\n```json\n\{ "decision": "yes",\n/,
     'what it was cut out of');

($line) = run('/none', '{"text":"a"}', 'none.log');
unlike($line, qr/"raw_output":|"text":|"decision":/, 'none without body=');

run('/redacted', '{"text":"a"}', 'redacted.log');


# inputs that are not valid, and no output

($line, $record) = run('/run', "{\"text\": \"\x01\xff\"", 'agents.log');
is($record->{input}, "{\"text\": \"\x01\x{fffd}\"",
   'an input that is not JSON is a string');
ok(!exists $record->{output}, 'and there is no output');

($line, $record) = run('/run', '{"text":"a","x":{}}', 'agents.log');
is_deeply($record->{input}, { text => 'a', x => {} },
          'an input that is not valid is there');

($line, $record) = run('/run', '', 'agents.log');
ok(!exists $record->{input}, 'no input, no member');

$p->replies(openai_reply('I will not.'));
($line, $record) = run('/run', '{"text":"a"}', 'agents.log');
is($record->{raw_output}, 'I will not.', 'an answer that is not JSON');
ok(!exists $record->{output}, 'is no output');


# what models and callers may send to break a line

for my $text ("line\nend\r\n", "a\x{2028}b\x{2029}", "\x00\x1b[31m\x7f",
              "\"},\"admin\":true,{\"", "\\u0000\\", "\x{1f600}\x{ffff}")
{
    $p->replies({ headers => [ 'Content-Type: application/json' ],
                  body => Test::Agent::encode({ choices => [ {
                      index => 0, finish_reason => 'stop',
                      message => { role => 'assistant', content => $text }
                  } ] }) });

    ($line, $record) = run('/chat', Test::Agent::encode({ text => $text }),
                           'chat.log');
    (my $name = Test::Agent::encode($text)) =~ s/[^ -~]/?/g;

    is($record->{output}, $text, "output $name");
    is($record->{input}{text}, $text, "input $name");
    unlike($line, qr/[\x00-\x1f]/, "no control characters with $name");
}


# bodies that do not fit are strings of their beginning

my $long = "\x{e9}\x{20ac}\x{1f600}\"" x 15000;

(my $note = $long) =~ s/"/\\"/g;
$p->replies(openai_reply(qq/{"decision":"yes","note":"$note"}/));

($line, $record) = run('/run', Test::Agent::encode({ text => $long }),
                       'agents.log');

cut('long bodies');
like($record->{input}, qr/^\{"text":"\x{e9}\x{20ac}\x{1f600}\\"/, 'input');
like($record->{output}, qr/^\{"decision":"yes","note":"\x{e9}/, 'output');
like($record->{raw_output}, qr/^\{"decision":"yes","note":"\x{e9}/, 'raw');

# each may have its part, and those behind it what it leaves

($line, $record) = run('/run', '{"text":"hi"}', 'agents.log');
cut('long outputs');
is_deeply($record->{input}, { text => 'hi' }, 'a short input is whole');

$p->replies(openai_reply('{"decision":"yes"}'));

($line, $record) = run('/run', Test::Agent::encode({ text => 'x' x 15000 }),
                       'agents.log');
is(length $record->{input}{text}, 15000, 'one that has room is whole');
ok(!exists $record->{truncated}, 'and nothing is told');

($line, $record) = run('/run', '[' . ' ' x 200000 . ']', 'agents.log');
is_deeply($record->{input}, [], 'white space takes no room');

($line, $record) = run('/run', '"' . "\\u0001" x 200000, 'agents.log');
cut('a body that is not JSON');

($line, $record) = run('/chat', '{"a":"' . 'x' x 1000000 . '"}', 'chat.log');
cut('a megabyte');


# violations beyond all measure

my $wrong = Test::Agent::encode({ text => 'a', map {
    ("k$_" . '/~"' x 150 => 1) } 1 .. 200 });

($line, $record) = run('/run', $wrong, 'agents.log');
is($record->{validation}{input}, 'invalid', 'many violations');
ok(length $line < 65536, 'fit in a line');

$t->done_testing();


sub run {
    my ($uri, $body, $name) = @_;

    run_agent($body, {}, uri => $uri);

    my $n = ++$n{$name};
    wait_until(sub { $n <= (() = $t->read_file($name) =~ /\n/g) });

    my @lines = split /\n/, $t->read_file($name);

    return ($lines[-1], Test::Agent::decode($lines[-1]));
}


sub cut {
    my ($what) = @_;

    ok(length $line < 65536, "$what: the line fits: " . length $line);
    ok(length $line > 60000, "$what: and is full");
    is($record->{truncated}, JSON::PP::true(), "$what: it says so");
}
