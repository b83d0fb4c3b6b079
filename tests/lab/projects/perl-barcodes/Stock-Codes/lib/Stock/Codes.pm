package Stock::Codes;
use strict;
use warnings;

sub is_right {
    my @digits = split //, shift;
    my $sum = 0;
    $sum += $digits[$_] * ($_ % 2 ? 3 : 1) for 0 .. $#digits;
    return $sum % 10 == 0;
}

1;
