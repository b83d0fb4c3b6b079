#!/usr/bin/env perl
use strict;
use warnings;
use Dice;

print join(' ', Dice::roll(@ARGV)), "\n";
