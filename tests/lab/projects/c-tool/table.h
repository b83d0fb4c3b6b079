#ifndef TABLE_H
#define TABLE_H

#include <stdio.h>

/* Prints a line of the table; the file's checksum or why there is none. */
int print_line(FILE *to, const char *path);

#endif
