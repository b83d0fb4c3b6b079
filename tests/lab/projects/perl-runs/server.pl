#!/usr/bin/env perl
use strict;
use warnings;
use IO::Socket::INET;
use Text::Runs;

$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 7000, Listen => 5, ReuseAddr => 1) or die $!;
open(my $words, '<', 'words.txt') or die $!;
chomp(my @words = <$words>);
while (my $client = $server->accept) {
    my ($path) = (<$client> // '') =~ m{^GET /(\S*)};
    while (my $line = <$client>) { last if $line eq "\r\n" }
    my $text = length($path // '') ? $path : $words[0];
    my $body = Text::Runs::longest($text) . " $text";
    print $client "HTTP/1.1 200 OK\r\nContent-Length: ", length($body), "\r\nConnection: close\r\n\r\n$body";
    close $client;
}
