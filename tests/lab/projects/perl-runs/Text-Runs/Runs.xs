#include "EXTERN.h"
#include "perl.h"
#include "XSUB.h"

MODULE = Text::Runs  PACKAGE = Text::Runs

int
longest(text)
    char *text
  CODE:
    RETVAL = 0;
    for (int run = 0; *text; text++) {
        run = text[1] == *text ? run + 1 : 0;
        if (run + 1 > RETVAL) RETVAL = run + 1;
    }
  OUTPUT:
    RETVAL
