#!/usr/bin/perl

# Copyright (C) the ngx_agent_module authors

# The documentation against the code's own tables, in both directions: what
# exists is written down, and what is written down exists.

use strict;
use warnings;

use File::Basename ();
use Test::More;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::Agent;

my $root = Test::Agent::root();
my $core = 'ngx_agent_module/core/agt';
my $glue = 'ngx_agent_module/nginx/ngx_http_agent';
my $simulator = 'ngx_agent_module/simulator/ngx_http_agent_simulator';


# directives: pages, contexts, the list in README

my %contexts = (
    NGX_HTTP_AGENT_ANYWHERE => 'http, server, location',
    NGX_HTTP_MAIN_CONF => 'http',
    NGX_HTTP_LOC_CONF => 'location',
);

my %directives = directives("${glue}_module.c");

cmp_ok(scalar keys %directives, '>=', 10, 'directives are found');
same('directives', [ keys %directives ],
     [ map { /(\w+)\.md$/ } glob "$root/docs/directives/*.md" ]);
same('directives in README', [ keys %directives ],
     [ found('README.md', qr{docs/directives/(\w+)\.md}) ]);

for my $name (sort keys %directives) {
    is(head("docs/directives/$name.md", 'Context'), $directives{$name},
       "context of $name");
    like(head("docs/directives/$name.md", 'Syntax'), qr/^`\Q$name\E /,
         "syntax of $name");
    ok(defined head("docs/directives/$name.md", 'Default'),
       "default of $name");
    like(head("docs/directives/$name.md", 'Since'), qr/^\d+\.\d+\.\d+$/,
         "$name, since");
}

my %simulated = directives("${simulator}_module.c");

same('directives of the simulator', [ keys %simulated ],
     [ found('docs/simulator.md', qr/^## (agent_\w+)$/m) ]);
is(head('docs/simulator.md', 'Context'), $simulated{agent_simulator},
   'context of agent_simulator');
same('options of the simulator', [ table("${simulator}_options.c") ],
     [ found('docs/simulator.md', qr/^\| `(\w+)=/m) ]);


# keys of blocks, parameters of lines

for my $block (qw/ provider route /) {
    my $page = "docs/directives/agent_$block.md";
    my %keys = keys_of("${glue}_$block.c");

    my @rows = found($page, qr/^\| (`(?:[^|\\]|\\.)*;`) \|/m);

    same("keys of agent_$block", [ grep { $keys{$_} } keys %keys ],
         [ map { /`(\w+) [^`]*;`/g } @rows ]);

    for my $name (grep { !$keys{$_} } sort keys %keys) {
        like(text($page), qr/`$name[`=]/, "$name, not supported, is named");
    }
}

my %model = map { $_->[0] => $_->[1] }
    pairs("${glue}_model.c", qr/\{ ngx_string\("(\w+)"\), (\w+),/);

my ($parameters) = text('docs/directives/agent_provider.md')
    =~ /^## model\n(.*?)^## /ms;

same('parameters of model', [ grep { $model{$_} ne 'NULL' } keys %model ],
     [ map { /`(\w+)=/g } $parameters =~ /^\| ([^|]*) \|/mg ]);

same('parameters of agent_log',
     [ found("${glue}_log.c", qr/\{ ngx_string\("(\w+)="\)/) ],
     [ found('docs/directives/agent_log.md', qr/^\| `(\w+)` \|/m) ]);

same('values of agent_headers',
     [ grep { !/^agent/ } found("${glue}_module.c",
                                qr/\{ ngx_string\("(\w+)"\), NGX_HTTP/) ],
     [ split /\|/, (head('docs/directives/agent_headers.md', 'Syntax')
                    =~ /`agent_headers (.*);`/)[0] =~ s/ //gr ]);


# variables

same('variables', [ found("${glue}_variables.c",
                          qr/\{ ngx_string\("(agent_\w+)"\)/) ],
     [ found('docs/variables.md', qr/^\| `\$(\w+)`/m) ]);


# the record

my $record = source("${glue}_record.c");

my %fields = map { $_ => 1 } (
    $record =~ /_(?:str|name|int|text|key)\(rec,\s*"(\w+)"/g,
    $record =~ /\\"(\w+)\\":/g, $record =~ /\.name = "(\w+)";/g );

my @documented = map { s/^validation\.//r }
    map { /`([\w.]+)`/g } found('docs/log.md', qr/^\| ([^|]*) \| [^-]/m);

# the parts of a violation are in the text of their row

push @documented, 'validation', 'pointer', 'keyword', 'message'
    if text('docs/log.md') =~ /`\{pointer, keyword, message\}`/;

same('fields of the record', [ keys %fields ], \@documented);

my ($example) = text('docs/log.md') =~ /^```json\n(.*?)^```/ms;
my @example = $example =~ /"(\w+)":/g;

is(join(' ', grep { !$fields{$_} && $_ ne 'project' } @example), '',
   'the example has no other');


# problems and classes

my %types = map { $_->[0] => $_->[1] }
    pairs("${glue}_respond.c",
          qr/\{ "([a-z-]+)", "[A-Z][^"]*", ([01]) \}/);

my %problems = map { $_->[0] => $_->[1] }
    pairs('docs/errors.md', qr/^\| \d+ \| `([a-z-]+)` \| .* \| (yes|no)\b/m);

same('problem types', [ keys %types ], [ keys %problems ]);

for my $type (sort keys %types) {
    is($problems{$type}, $types{$type} ? 'yes' : 'no', "$type, retry");
}

my %used = map { $_ => 1 } map {
    source($_) =~ /run_fail\(\s*\w+,\s*\w+,\s*"([a-z-]+)"/g
} map { s{^\Q$root\E/}{}r } glob "$root/${glue}_*.c";

is(join(' ', grep { !exists $types{$_} } sort keys %used), '',
   'no problem without a title');

my %statuses = map { $_->[1] => $_->[0] }
    pairs('docs/errors.md', qr/^\| (\d+) \| `([a-z-]+)`/m);
my %pages = map { $_->[1] => $_->[0] }
    pairs("${glue}_respond.c", qr/\{ NGX_HTTP_(\w+), "([a-z-]+)",/);

ok(exists $statuses{$_}, "nginx's own page as $_") for sort keys %pages;

my %classes = map { $_->[0] => $_->[1] }
    pairs("${core}_class.h", qr/X\(\s+\w+,\s+"(\w+)",\s+(\w+)/);
delete $classes{ok};

my ($classes) = text('docs/errors.md') =~ /^## Classes(.*)/ms;
my %followed = $classes =~ /^\| `(\w+)` \| .* \| ([^|]*) \|$/mg;

same('classes', [ keys %classes ], [ keys %followed ]);

for my $class (sort keys %classes) {
    is($followed{$class} eq 'next model' ? 'true' : 'false', $classes{$class},
       "what follows $class");
}


# the HTTP interface

my @facts = found("${glue}_respond.c", qr/\{ "(Agent-\w+)", ngx_http/);

is(join(' ', grep { text('docs/http-api.md') !~ /^\| `$_` \|/m } @facts), '',
   'response headers');

my @taken = found("${glue}_handler.c", qr/\{ ngx_string\("([a-z-]+)"\), ngx_/);

is(join(' ', grep { text('docs/http-api.md') !~ /`$_[`:]/i } @taken), '',
   'request headers');


# agents

my $spec = source("${core}_spec_agent.c");
my %members;

for my $list ($spec =~ /(agt_vldt_member_t  agt_spec_\w+\[\].*?agt_spec_end)/gs)
{
    my ($name) = $list =~ /agt_spec_(\w+)\[/;
    my $prefix = $name eq 'members' ? '' : "$name.";

    $members{"$prefix$_"} = 1
        for $list =~ /\{ "(\w+)", AGT_JSON_(?!OBJECT)/g;
}

my ($settings) = text('docs/agents.md') =~ /^## agent\.json\n(.*?)^## /ms;

same('keys of agent.json', [ keys %members ],
     [ map { /`([\w.]+)`/g } $settings =~ /^\| (`[^|]*) \|/mg ]);

my ($formats) = text('docs/agents.md')
    =~ /`format` is\s+asserted\s+for\s+(.*?)\.\s/s;

same('formats', [ found("${core}_schema_format.c",
                        qr/^    \{ "([a-z0-9-]+)", +agt_\w+,/m) ],
     [ $formats =~ /`([a-z0-9-]+)`/g ]);

my @read = found("${core}_spec_files.c", qr/"((?:[a-z.]+)\.(?:md|json))"/);
push @read, found("${core}_spec.c", qr/"((?:[a-z.]+)\.(?:md|json))"/);

is(join(' ', grep { text('docs/agents.md') !~ /\b\Q$_\E\b/ } @read), '',
   'files of an agent');


# make targets, and links

my %targets = map { $_ => 1 }
    map { source(s{^\Q$root\E/}{}r) =~ /^([a-z][a-z-]*):.*## /mg }
    "$root/Makefile", glob "$root/build.mk/*.mk";

my @pages = map { s{^\Q$root\E/}{}r }
    glob "$root/*.md $root/docs/*.md $root/docs/*/*.md";

for my $page (@pages) {
    my $text = text($page);
    my $dir = File::Basename::dirname($page);

    my @make = grep { !$targets{$_} }
               $text =~ /(?:^|`)make ([a-z]+)\b/mg;
    is(join(' ', @make), '', "$page: make targets");

    my @broken;

    for my $link ($text =~ /\]\(([^)\s]+)\)/g) {
        next if $link =~ /^[a-z]+:/;

        my ($file, $anchor) = split /#/, $link;
        my $path = length $file ? "$dir/$file" : $page;

        if (!-e "$root/$path") {
            push @broken, $link;

        } elsif (defined $anchor && !grep { $_ eq $anchor } anchors($path)) {
            push @broken, $link;
        }
    }

    is(join(' ', @broken), '', "$page: links");
}

done_testing();


sub text {
    my ($name) = @_;

    open my $fh, '<:raw', "$root/$name" or return '';
    local $/;

    return scalar <$fh>;
}


# C without its comments

sub source {
    my ($name) = @_;

    return text($name) =~ s{/\*.*?\*/}{}gsr;
}


sub found {
    my ($name, $re) = @_;

    my $text = $name =~ /\.[ch]$/ ? source($name) : text($name);

    return $text =~ /$re/g;
}


sub pairs {
    my ($name, $re) = @_;

    my @all = found($name, $re);
    my @pairs;

    push @pairs, [ splice @all, 0, 2 ] while @all;

    return @pairs;
}


sub same {
    my ($name, $code, $docs) = @_;

    my %code = map { $_ => 1 } @$code;
    my %docs = map { $_ => 1 } @$docs;

    ok(%code, "$name: there are some");
    is(join(' ', grep { !$docs{$_} } sort keys %code), '',
       "$name: none is missing in the documentation");
    is(join(' ', grep { !$code{$_} } sort keys %docs), '',
       "$name: none is only there");
}


# a line of the head of a directive's entry

sub head {
    my ($page, $name) = @_;

    return (text($page) =~ /^\*\*$name:\*\* (.*?)(?:<br>)?$/m)[0];
}


sub directives {
    my ($file) = @_;

    return map { $_->[0] => $contexts{$_->[1]} // $_->[1] }
        pairs($file, qr/\{ ngx_string\("(agent\w*)"\),\s+(\w+)\|/);
}


# the keys of a block: whether each is supported

sub keys_of {
    my ($file) = @_;

    return map { $_->[0] => $_->[1] ne 'NULL' }
        pairs($file, qr/\{ ngx_string\("(\w+)"\), \d+, \d+,\s+(\w+)/);
}


sub table {
    my ($file) = @_;

    return found($file, qr/\{ ngx_string\("(\w+)"\), ngx_/);
}


# as the sites that show Markdown make them of headings

sub anchors {
    my ($page) = @_;

    return map { s/[^\w -]//gr =~ s/ /-/gr } map { lc }
        text($page) =~ /^#+ (.*)$/mg;
}
