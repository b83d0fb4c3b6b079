package Ledger;
use strict;
use warnings;
use List::Util qw(sum0);

sub total { return sum0(map { $_->{amount} } @{ $_[0] }) }

1;
