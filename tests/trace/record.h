/* What the runner, the stub and the preload library share: one log of commands in memory. */
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <signal.h>
#include <unistd.h>

enum {
    SHARED_FD = 200,
    CAP_FD = 201,
    MOST_RECORDS = 2000,
    DATA_BYTES = 8 << 20,
    LINE_BYTES = 1 << 18,
};
enum { DASH, ASH, BASH, SHELLS, NO_SHELL = SHELLS };
enum { TESTS_TRUE, TESTS_FALSE, TESTS_BY_SEED, CALIBRATE = 99 };
#define OPTIONS_VARIABLE "__TRACE_OPTIONS"
static const char *const SHELL_NAMES[] = {"dash", "ash", "bash"};

/* Where a shell without introspection keeps one of its `set` options. */
struct option_place {
    char letter;
    int64_t slot; /* offset of a pointer in the program's data, or -1 */
    int64_t offset;
};

struct shared {
    int lock;
    uint32_t count, used, cap;
    uint32_t mode, system_shell, run;
    uint64_t seed;
    uint32_t failure_count, absent_count;
    struct { uint64_t key; uint64_t occurrence; } failures[8];
    char bash_defaults[1024];
    char absent[32][64];
    char label[4096];
    struct option_place options[2][16];
    uint64_t keys[MOST_RECORDS];
    char data[DATA_BYTES];
};

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length) {
    for (const unsigned char *byte = bytes; length--; byte++) hash = (hash ^ *byte) * 1099511628211u;
    return hash;
}
static inline uint64_t hash_text(uint64_t hash, const char *text) { return hash_bytes(hash, text, strlen(text) + 1); }
static const uint64_t HASH_START = 14695981039346656037u;
static inline uint64_t mix(uint64_t hash) {
    hash = (hash ^ (hash >> 31)) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

/* Flags that a cleanup may add: the command keeps its identity. */
static inline int is_free_flag(const char *argument) {
    return !strcmp(argument, "--no-cache") || !strcmp(argument, "--no-cache-dir");
}

static inline uint64_t key_of(char *const *argv) {
    uint64_t hash = HASH_START;
    for (; *argv; argv++)
        if (!is_free_flag(*argv)) hash = hash_text(hash, *argv);
    return hash;
}

static inline int is_absent(const struct shared *shared, const char *name) {
    if (shared->mode == TESTS_TRUE || shared->mode == CALIBRATE) return 0;
    for (uint32_t i = 0; i < shared->absent_count; i++)
        if (!strcmp(shared->absent[i], name))
            return shared->mode == TESTS_FALSE || (mix(hash_text(shared->seed, name)) & 1);
    return 0;
}

static inline struct shared *shared_memory(void) {
    static struct shared *shared;
    if (!shared) {
        void *memory = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
        if (memory != MAP_FAILED) shared = memory;
    }
    return shared;
}

/* Appends one record; gives how often its key was there before. */
static inline uint32_t append_record(struct shared *shared, uint64_t key, const char *text, uint32_t length) {
    for (int i = 0; __sync_lock_test_and_set(&shared->lock, 1) && i < 100000; i++) sched_yield();
    uint32_t occurrence = 0, header[5];
    for (uint32_t i = 0; i < shared->count; i++) occurrence += shared->keys[i] == key;
    if (shared->count < MOST_RECORDS && shared->used + length + sizeof header < DATA_BYTES) {
        memcpy(header, &key, 8);
        header[2] = occurrence, header[3] = shared->run, header[4] = length;
        memcpy(shared->data + shared->used, header, sizeof header);
        memcpy(shared->data + shared->used + sizeof header, text, length);
        shared->used += sizeof header + length;
        shared->keys[shared->count++] = key;
    }
    int capped = shared->count >= shared->cap;
    __sync_lock_release(&shared->lock);
    if (capped && write(CAP_FD, "!", 1)) {
        pause();
    }
    return occurrence;
}

static inline int must_fail(const struct shared *shared, uint64_t key, uint32_t occurrence) {
    for (uint32_t i = 0; i < shared->failure_count; i++)
        if (shared->failures[i].key == key && shared->failures[i].occurrence == occurrence) return 1;
    return 0;
}

/* The command that runs the real shell `kind` with `argv`: under its own loader, so that nothing of it shows outside /.t. */
static inline void run_shell(int kind, char *const *argv) {
    static const char *const PROGRAMS[] = {"/.t/dash", "/.t/ash", "/.t/bash"};
    static const char *const PRELOADS[] = {"/.t/preload-dash.so", "/.t/preload-ash.so", "/.t/preload-bash.so"};
    int count = 0;
    while (argv[count]) count++;
    char **full = calloc(count + 9, sizeof *full);
    char *head[] = {"/.t/ld.so", "--preload", (char *)PRELOADS[kind], "--library-path", "/.t/lib", "--argv0", argv[0], (char *)PROGRAMS[kind]};
    memcpy(full, head, sizeof head);
    for (int i = 1; i < count; i++) full[7 + i] = argv[i];
    execv("/.t/ld.so", full);
    _exit(127);
}
