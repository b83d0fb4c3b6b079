#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **words) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(words[1], strlen(words[1]), digest, &size, EVP_sha256(), NULL);
    for (unsigned int at = 0; at < size; at++) printf("%02x", digest[at]);
    putchar('\n');
    return count == 0;
}
