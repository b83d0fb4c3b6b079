/* Loaded into the real shell: makes every program, directory and script that it asks for exist, and tells what only the
 * shell knows. Built once per shell with -DKIND=DASH, ASH or BASH. */
#define _GNU_SOURCE
#include "act.h"
#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
static char *data_start;
static size_t data_length;
extern char **environ;

static int find_data(struct dl_phdr_info *info, size_t size, void *ignored) {
    (void)size, (void)ignored;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_W)) {
            data_start = (char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            data_length = info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

__attribute__((constructor)) static void start(void) {
    dl_iterate_phdr(find_data, 0);
    if (KIND != BASH) return;
    /* `echo`, `printf`, `test` and `[` become programs, so that they are logged and answered like the others. */
    struct builtin { char *name; void *function; int flags; void *rest[3]; } **list = dlsym(RTLD_DEFAULT, "shell_builtins");
    int *count = dlsym(RTLD_DEFAULT, "num_shell_builtins");
    static const char *const OUT[] = {"echo", "printf", "test", "["};
    for (int i = 0; list && count && i < *count; i++)
        for (int j = 0; j < 4; j++)
            if ((*list)[i].name && !strcmp((*list)[i].name, OUT[j])) (*list)[i].flags &= ~1;
}

static void describe_options(struct shared *shared, char *text, size_t size) {
    if (KIND == BASH) {
        char *(*flags)(void) = dlsym(RTLD_DEFAULT, "which_set_flags");
        char *(*value)(const char *) = dlsym(RTLD_DEFAULT, "get_string_value");
        int *pipefail = dlsym(RTLD_DEFAULT, "pipefail_opt");
        char *letters = flags ? flags() : "";
        char *more = value ? value("BASHOPTS") : "";
        snprintf(text, size, "%s%s %s", letters, pipefail && *pipefail ? "|" : "", more ? more : "");
    } else {
        size_t used = 0;
        for (struct option_place *place = shared->options[KIND]; place->letter && used + 1 < size; place++) {
            char *start = place->slot < 0 ? data_start : *(char **)(data_start + place->slot);
            if (start[place->offset] == 1) text[used++] = place->letter;
        }
        text[used] = 0;
    }
    /* Whether errexit is on is judged by what happens when commands fail. */
    for (char *letter = strpbrk(text, "e "); letter && *letter == 'e'; letter = 0) memmove(letter, letter + 1, strlen(letter));
    if (KIND == BASH && !strcmp(text, shared->bash_defaults)) *text = 0;
}

static void make_directories(const char *path, int whole) {
    char part[4096];
    struct stat now;
    if (strlen(path) >= sizeof part) return;
    if (!whole && !strchr(path, '/')) return;
    strcpy(part, path);
    for (char *slash = part + 1;; slash++) {
        if (*slash != '/' && *slash) continue;
        char kept = *slash;
        if (!kept && !whole) return;
        *slash = 0;
        if (*part && REAL(stat)(part, &now) && !mkdir(part, 0777)) chmod(part, 0777);
        *slash = kept;
        if (!kept) return;
    }
}

/* A line in the log for what the shell does itself and what may fail; 1 if it has to fail now. */
static int log_builtin(const char *what, const char *path) {
    struct shared *shared = shared_memory();
    if (!shared || shared->mode == CALIBRATE) return 0;
    char text[9000], here[4096], *argv[] = {(char *)what, (char *)path, 0};
    if (!getcwd(here, sizeof here)) strcpy(here, "?");
    int length = snprintf(text, sizeof text, "%s\x1e%.4000s\x1f%s\x1f\x1f\x1f\x1f\x1f\x1f%s\x1f\x1f", what, path, here, shared->label);
    if (length >= (int)sizeof text) length = sizeof text - 1;
    uint64_t key = key_of(argv);
    return must_fail(shared, key, append_record(shared, key, text, length));
}

int chdir(const char *path) {
    if (log_builtin("cd", path)) return errno = ENOENT, -1;
    int result = REAL(chdir)(path);
    if (result && errno == ENOENT && *path) make_directories(path, 1), result = REAL(chdir)(path);
    return result;
}

static int in_program_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash || !slash[1]) return 0;
    size_t length = slash - path;
    if (length >= 4 && !strncmp(slash - 4, "/bin", 4)) return 1;
    if (length >= 5 && !strncmp(slash - 5, "/sbin", 5)) return 1;
    const char *list = getenv("PATH");
    while (list && *list) {
        const char *end = strchrnul(list, ':');
        if ((size_t)(end - list) == length && !strncmp(list, path, length)) return 1;
        list = *end ? end + 1 : end;
    }
    return 0;
}

/* What a path that does not exist looks like to the shell: 0 or -1. */
static int pretend(const char *path, struct stat *status) {
    struct shared *shared = shared_memory();
    if (!shared || !strncmp(path, "/.t", 3) || !strncmp(path, "/proc", 5) || !strncmp(path, "/dev", 4)) return -1;
    memset(status, 0, sizeof *status);
    status->st_nlink = 1;
    if (in_program_folder(path)) {
        if (is_absent(shared, strrchr(path, '/') + 1)) return errno = ENOENT, -1;
        status->st_mode = S_IFREG | 0755, status->st_size = 1;
        return 0;
    }
    if (KIND != BASH) {
        status->st_mode = S_IFDIR | 0777;
        return 0;
    }
    /* bash asks before a `cd`, and in `[[ -f … ]]` and the like: those are answered both ways. */
    char **builtin = dlsym(RTLD_DEFAULT, "this_command_name");
    if (builtin && *builtin && (!strcmp(*builtin, "cd") || !strcmp(*builtin, "pushd"))) {
        status->st_mode = S_IFDIR | 0777;
        return 0;
    }
    uint64_t hash = mix(hash_text(shared->seed, path));
    if (shared->mode == TESTS_FALSE || (shared->mode == TESTS_BY_SEED && (hash & 1))) return errno = ENOENT, -1;
    status->st_mode = (hash & 2 ? S_IFDIR : S_IFREG) | 0755, status->st_size = 1;
    return 0;
}

int stat(const char *path, struct stat *status) {
    int result = REAL(stat)(path, status);
    return result && errno == ENOENT ? pretend(path, status) : result;
}
int stat64(const char *path, struct stat64 *status) { return stat(path, (struct stat *)status); }

static int reach(const char *path, int result) {
    struct stat status;
    return result && errno == ENOENT && in_program_folder(path) ? pretend(path, &status) : result;
}
int access(const char *path, int mode) { return reach(path, REAL(access)(path, mode)); }
int eaccess(const char *path, int mode) { return reach(path, REAL(eaccess)(path, mode)); }
int faccessat(int folder, const char *path, int mode, int flags) {
    return reach(path, REAL(faccessat)(folder, path, mode, flags));
}

static int open_path(const char *path, int flags, mode_t mode) {
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if (writes && (!strncmp(path, "/proc/sys", 9) || !strncmp(path, "/sys/", 5))) path = "/dev/null";
    int result = REAL(open)(path, flags, mode);
    if (result >= 0 || errno != ENOENT || !*path || !strncmp(path, "/dev/", 5) || !strncmp(path, "/.t", 3)) return result;
    if (writes || (flags & O_CREAT)) {
        make_directories(path, 0);
        return REAL(open)(path, flags, mode);
    }
    /* A file to read, often a script to source: it says that it was sourced and leaves a variable behind. */
    if (log_builtin("<", path)) return errno = ENOENT, -1;
    int file = memfd_create("file", 0);
    char text[5000];
    unsigned mark = hash_text(HASH_START, path) & 0xffff;
    int length = snprintf(text, sizeof text, "sourced '%.4000s'\nSOURCED_%04x=1\nexport SOURCED_%04x\n", path, mark, mark);
    if (write(file, text, length) != length) return -1;
    lseek(file, 0, SEEK_SET);
    return file;
}
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_path(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_path(path, flags, mode);
}

/* The memory of the shell's program and heap, for finding where it keeps its options. */
static void dump_memory(void) {
    int file = REAL(open)("/tmp/memory", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    uint64_t header[4] = {(uint64_t)data_start, data_length, 0, 0};
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        if (strstr(line, "[heap]") && sscanf(line, "%lx-%lx", &from, &to) == 2) header[2] = from, header[3] = to - from;
    }
    if (write(file, header, 32) < 0 || write(file, data_start, data_length) < 0) _exit(1);
    if (header[3] && write(file, (void *)header[2], header[3]) < 0) _exit(1);
    close(file);
}

int execve(const char *path, char *const argv[], char *const envp[]) {
    struct shared *shared = shared_memory();
    if (!shared || !strncmp(path, "/.t/", 4)) return REAL(execve)(path, argv, envp);
    if (shared->mode == CALIBRATE) dump_memory();
    char options[1200] = OPTIONS_VARIABLE "=", *text = options + strlen(options);
    describe_options(shared, text, sizeof options - (text - options));
    /* A program that runs no other one is played right here: starting one takes longer than all the rest. */
    if (argv[0] && !passes_on(name_of(argv[0]))) _exit(act(shared, argv, envp, text));
    size_t count = 0;
    while (envp[count]) count++;
    char *longer[count + 2];
    memcpy(longer, envp, count * sizeof *envp);
    longer[count] = options, longer[count + 1] = 0;
    return REAL(execve)("/.t/stub", argv, longer);
}
