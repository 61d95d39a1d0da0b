package Test::Agent::TLS;

# Copyright (C) the ngx_agent_module authors

# TLS for tests: certificates, good and bad, and a server in front of a plain
# provider.
#
#     tls_certificates($t, 'provider.test', 'localhost');
#
# makes, below the test's directory, tls/NAME.crt and tls/NAME.key:
#
#     ca           the authority, to be trusted
#     good         for the given names (and 127.0.0.1)
#     wrong        for wrong.test
#     expired      for the given names, until last year
#     selfsigned   for the given names, by itself
#     untrusted    for the given names, by an authority that nobody trusts
#     client       for a client
#
#     tls_server('good', 'tls', 'provider', 'ssl_protocols TLSv1.2;')
#
# is a server block for write_file_expand(): it listens on PORT_tls and passes
# to PORT_provider, which learns X-SNI and X-Client (the subject of a client's
# certificate).

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw/ tls_certificates tls_server /;

my @new_key = qw/ -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes /;


sub tls_certificates {
    my ($t, @names) = @_;

    my $dir = $t->testdir() . '/tls';
    my $names = join ',', 'IP:127.0.0.1', map { "DNS:$_" } @names;

    mkdir $dir or die "can't create $dir: $!\n";

    # "openssl ca" is the one command of all versions that sets both dates

    $t->write_file('tls/ca.cnf', <<"END");
[ req ]
distinguished_name = req_name
prompt = no

[ req_name ]
CN = test

[ ca ]
default_ca = ca_default

[ ca_default ]
new_certs_dir = $dir
database = $dir/index
rand_serial = yes
unique_subject = no
default_md = sha256
default_days = 30
policy = ca_policy

[ ca_policy ]
commonName = supplied

[ authority ]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign

[ names ]
subjectAltName = $names
extendedKeyUsage = serverAuth

[ wrong ]
subjectAltName = DNS:wrong.test
extendedKeyUsage = serverAuth

[ client ]
extendedKeyUsage = clientAuth
END

    $t->write_file('tls/index', '');

    for my $ca (qw/ ca otherca /) {
        openssl($dir, qw/ req -x509 -days 30 -config ca.cnf /, @new_key,
                '-subj', "/CN=$ca", '-extensions', 'authority',
                '-keyout', "$ca.key", '-out', "$ca.crt");
    }

    sign($dir, 'good', 'ca', 'names');
    sign($dir, 'wrong', 'ca', 'wrong');
    sign($dir, 'expired', 'ca', 'names',
         qw/ -startdate 20200101000000Z -enddate 20210101000000Z /);
    sign($dir, 'untrusted', 'otherca', 'names');
    sign($dir, 'client', 'ca', 'client');

    openssl($dir, qw/ req -x509 -days 30 -config ca.cnf /, @new_key,
            '-subj', '/CN=selfsigned', '-extensions', 'names',
            '-keyout', 'selfsigned.key', '-out', 'selfsigned.crt');

    # the configuration is read by nginx as root, files by workers as well

    chmod 0644, glob "$dir/*.key";

    return $dir;
}


sub sign {
    my ($dir, $name, $ca, $extensions, @dates) = @_;

    openssl($dir, qw/ req -new -config ca.cnf /, @new_key,
            '-subj', "/CN=$name", '-keyout', "$name.key",
            '-out', "$name.csr");
    openssl($dir, qw/ ca -batch -notext -config ca.cnf /,
            '-cert', "$ca.crt", '-keyfile', "$ca.key",
            '-extensions', $extensions, @dates,
            '-in', "$name.csr", '-out', "$name.crt");
}


sub openssl {
    my ($dir, @args) = @_;

    my $pid = fork() // die "fork() failed: $!\n";

    if ($pid == 0) {
        chdir $dir;
        open STDOUT, '>', 'openssl.log';
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', @args or POSIX::_exit(127);
    }

    waitpid $pid, 0;

    if ($? != 0) {
        open my $fh, '<', "$dir/openssl.log";
        die "openssl @args failed: ", <$fh>;
    }
}


sub tls_server {
    my ($name, $port, $backend, @directives) = @_;

    my $dir = '%%TESTDIR%%/tls';
    my $more = join "\n    ", @directives;

    return <<"END";
server {
    listen 127.0.0.1:%%PORT_$port%% ssl;

    ssl_certificate $dir/$name.crt;
    ssl_certificate_key $dir/$name.key;
    $more

    location / {
        proxy_pass http://127.0.0.1:%%PORT_$backend%%;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host \$http_host;
        proxy_set_header X-SNI \$ssl_server_name;
        proxy_set_header X-Client \$ssl_client_s_dn;
    }
}
END
}


1;
