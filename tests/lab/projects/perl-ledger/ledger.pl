use strict;
use warnings;
use JSON::PP;
use Ledger;

open(my $file, '<', $ARGV[0]) or die "$ARGV[0]: $!\n";
my $accounts = decode_json(join '', <$file>);
printf "%d accounts, %.2f\n", scalar @$accounts, Ledger::total($accounts);
