#include "table.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

int print_line(FILE *to, const char *path)
{
    unsigned char buffer[4096];
    size_t got, all = 0;
    unsigned long sum = crc32(0L, Z_NULL, 0);
    FILE *file = fopen(path, "rb");

    if (!file) {
        fprintf(to, "%-20s %s\n", path, strerror(errno));
        return 1;
    }
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0) {
        sum = crc32(sum, buffer, (unsigned int) got);
        all += got;
    }
    fclose(file);
    fprintf(to, "%-20s %08lx %zu\n", path, sum, all);
    return 0;
}
