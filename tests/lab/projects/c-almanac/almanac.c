#include <locale.h>
#include <stdio.h>
#include <time.h>

int main(void) {
    char line[80];
    time_t moment = 1772366400;
    if (!setlocale(LC_ALL, "")) {
        fputs("no such locale\n", stderr);
        return 1;
    }
    strftime(line, sizeof line, "%A, %d. %B %Y, %H:%M", localtime(&moment));
    puts(line);
    return 0;
}
