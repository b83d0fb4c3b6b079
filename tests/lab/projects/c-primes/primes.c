#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int is_prime(long number) {
    for (long divisor = 2; divisor <= (long)sqrt((double)number); divisor++)
        if (number % divisor == 0) return 0;
    return number > 1;
}

int main(int count, char **words) {
    long limit = count > 1 ? atol(words[1]) : 100;
    for (long number = 2; number <= limit; number++)
        if (is_prime(number)) printf("%ld ", number);
    putchar('\n');
    return 0;
}
