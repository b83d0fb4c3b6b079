use strict;
use warnings;
use IO::Socket::INET;
use Stock::Codes;

$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 5000, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
    while (my $line = <$client>) { last if $line eq "\r\n" }
    my @names = split /\n/, `xmllint --xpath '//item/\@code' stock.xml`;
    my @codes = map { /(\d+)/ ? $1 : () } @names;
    my $body = join '', map { "$_ " . (Stock::Codes::is_right($_) ? 'right' : 'wrong') . "\n" } @codes;
    print $client "HTTP/1.1 200 OK\r\nContent-Length: ", length($body), "\r\nConnection: close\r\n\r\n$body";
    close $client;
}
