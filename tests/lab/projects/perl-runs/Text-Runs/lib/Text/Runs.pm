package Text::Runs;
use strict;
use warnings;

our $VERSION = '0.01';

require XSLoader;
XSLoader::load('Text::Runs', $VERSION);

1;
