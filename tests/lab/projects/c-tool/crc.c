#include "table.h"

int main(int argc, char **argv)
{
    int failed = 0;

    for (int at = 1; at < argc; at++)
        failed |= print_line(stdout, argv[at]);
    return failed;
}
