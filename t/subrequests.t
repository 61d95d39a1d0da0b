#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# An agent as a part of another answer (SSI), as the copy of another request
# (mirror), and as a request that is mirrored itself.

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

site($t, provider => 'first_byte_timeout 500ms;', server => <<'SERVER')
        location /page/ { ssi on; }
        location = /name { agent $arg_name@draft; }
        location = /auth { agent decide@draft; agent_auth $arg_user; }

        location = /copied {
            mirror /shadow;
            proxy_pass http://127.0.0.1:%%PORT_http%%/alive;
        }
        location = /both {
            agent decide@draft;
            mirror /shadow;
        }
        location = /to_all {
            agent decide@draft;
            mirror /shadow;
            mirror /shadow;
            client_body_buffer_size 1m;
        }
        location = /out {
            agent decide@draft;
            mirror /copy;
        }
        location = /shadow {
            internal;
            agent decide@draft;
        }
        location = /copy {
            internal;
            proxy_pass http://127.0.0.1:%%PORT_provider%%/copy;
        }
SERVER
    ;

for my $page (
    [ one => '[<!--#include virtual="/run" -->]' ],
    [ two => '[<!--#include virtual="/run" -->,'
             . '<!--#include virtual="/run" -->]' ],
    [ wait => '[<!--#include virtual="/run" wait="yes" -->]' ],
    [ set => '<!--#include virtual="/run" set="x" -->[<!--#echo var="x" '
             . 'encoding="none" -->]' ],
    [ unknown => '[<!--#include virtual="/name?name=none" -->]' ],
    [ stub => '<!--# block name="b" -->stub<!--# endblock -->'
              . '[<!--#include virtual="/none" stub="b" -->]' ],
    [ below => '[<!--#include virtual="/run/x" -->]' ],
) {
    $t->write_file("page/$page->[0].html", $page->[1]);
}

chmod 0755, $t->testdir() . '/page';

$t->run();

my @workers = $t->workers();
my $input = '{"text":"a"}';
my $card = http_get('/run')->body;


# a part of a page: the card, since SSI asks by GET

is(http_get('/page/one.html')->body, "[$card]", 'SSI');
is(http_get('/page/two.html')->body, "[$card,$card]", 'SSI, twice');
is(http_get('/page/wait.html')->body, "[$card]", 'SSI, wait');
is(http_get('/page/set.html')->body, "[$card]", 'SSI, set');
like(http_get('/page/unknown.html')->body,
     qr/^\[\{"type":"urn:ngx-agent:problem:unknown-agent",.*\}\]$/,
     'SSI, no such agent');
is(http_get('/page/below.html')->status, 200, 'SSI, nothing there');
is(http_get('/page/stub.html')->status, 200, 'SSI, a stub');
is(http_head('/page/one.html')->status, 200, 'SSI, HEAD');

my $c = Test::Agent::HTTP->connect(port => port('http'));

for my $name (qw/ one two unknown one /) {
    is($c->request('GET', "/page/$name.html")->status, 200,
       "$name on a connection that stays");
}

is($c->request('POST', '/run', $input)->status, 200, 'and an execution on it');
$c->close;

is(() = $p->requests(), 1, 'no page was an execution');


# a copy of another request

sub executions {
    my ($uri, $body, $n) = @_;

    my $before = () = $p->requests();
    my $r = run_agent($body, {}, uri => $uri);
    my @new = splice @{[ $p->requests($before + $n) ]}, $before;

    return ($r, @new);
}


my ($r, @new) = executions('/copied', $input, 1);

is($r->body, 'alive', 'what a proxy answers');
is(scalar @new, 1, 'and the agent, for itself');
is($new[0]{json}{messages}[1]{content}, $input, 'with its body');


$p->replies(openai_error(500, 'x'));
($r) = executions('/copied', $input, 1);
is($r->body, 'alive', 'an agent that fails does not hurt');

$p->replies({ hang => 0 });
($r) = executions('/copied', $input, 1);
is($r->body, 'alive', 'nor one that hangs');

$p->replies(openai_reply('{"decision":"yes"}'));

($r, @new) = executions('/copied', '{', 0);
is($r->body, 'alive', 'nor an input that is none');
is(scalar @new, 0, 'which no provider sees');

($r, @new) = executions('/both', $input, 2);
is($r->body, '{"decision":"yes"}', 'an agent that is mirrored to one');
is(scalar @new, 2, 'both run');

($r, @new) = executions('/out', $input, 2);
is($r->body, '{"decision":"yes"}', 'an agent that is mirrored elsewhere');
is((grep { $_->{uri} eq '/copy' && $_->{body} eq $input } @new), 1,
   'with its body');

# more than client_body_buffer_size: in memory where that is let to

my $long = Test::Agent::encode({ text => 'x' x 90000 });

($r, @new) = executions('/to_all', $long, 3);
is($r->status, 200, 'a long input');
is((grep { $_->{json}{messages}[1]{content} eq $long } @new), 3,
   'to all of them');

$r = run_agent($long, {}, uri => '/both');
is(problem($r), '500 internal', 'one in a file');
ok($t->waitforlog(qr/agent body is in a file: /), 'and why');

is(run_agent($input)->status, 200, 'and at the end all is well');
is_deeply([ $t->workers() ], \@workers, 'the same workers');


# each execution is on record, whoever asked

my $n = grep { $_->{uri} =~ /^\/v1/ } $p->requests();
my @records;

wait_until(sub {
    @records = $t->json_lines('agents.log');
    return $n <= grep { @{$_->{attempts}} } @records;
});

is((scalar grep { @{$_->{attempts}} } @records), $n,
   'a record for each execution');
is((scalar keys %{{ map { $_->{id} => 1 } @records }}), scalar @records,
   'and not two');

$t->done_testing();
