package Dice;
use strict;
use warnings;

sub roll {
    my ($count, $seed) = @_;
    return map { $seed = ($seed * 75 + 74) % 65537; 1 + $seed % 6 } 1 .. $count;
}

1;
