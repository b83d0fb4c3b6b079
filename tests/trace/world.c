/* Runs sequences of RUN programs in an empty root without network, one process namespace per RUN, and tells what was
 * logged. Reads jobs from standard input and writes results to standard output; see `World` in world.py for the form.
 *
 *     world TOOLS     where TOOLS is the folder that becomes /.t */
#define _GNU_SOURCE
#include "record.h"
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { SUCCEEDED, FAILED, TIMED_OUT, CAPPED };
enum { MARK, SHELL_FORM, EXEC_FORM };
static struct shared *shared;
static int cap_pipe[2];
static char *job, *at;
static const int WALL_MILLISECONDS = 4000;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void read_all(void *bytes, size_t length) {
    for (char *into = bytes; length;) {
        ssize_t got = read(0, into, length);
        if (got <= 0) exit(0);
        into += got, length -= got;
    }
}
static void write_all(const void *bytes, size_t length) {
    for (const char *from = bytes; length;) {
        ssize_t put = write(1, from, length);
        if (put <= 0) exit(0);
        from += put, length -= put;
    }
}
static uint32_t take_number(void) {
    uint32_t number;
    memcpy(&number, at, 4), at += 4;
    return number;
}
static uint64_t take_long(void) {
    uint64_t number;
    memcpy(&number, at, 8), at += 8;
    return number;
}
/* Texts come with their length and a NUL at the end. */
static char *take_text(void) {
    uint32_t length = take_number();
    char *text = at;
    at += length + 1;
    return text;
}
static char **take_texts(void) {
    uint32_t count = take_number();
    char **texts = calloc(count + 1, sizeof *texts);
    for (uint32_t i = 0; i < count; i++) texts[i] = take_text();
    return texts;
}

static void make_directories(char *path) {
    for (char *slash = path + 1;; slash++) {
        if (*slash != '/' && *slash) continue;
        char kept = *slash;
        *slash = 0;
        if (!mkdir(path, 0777)) chmod(path, 0777);
        *slash = kept;
        if (!kept) return;
    }
}

static void make_root(const char *tools) {
    if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID)) die("unshare");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child) {
        int status;
        waitpid(child, &status, 0);
        exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    umask(0);
    if (mount("none", "/", 0, MS_REC | MS_PRIVATE, 0)) die("private");
    const char *root = "/mnt";
    if (mount("root", root, "tmpfs", 0, "mode=0777,size=256m") || chdir(root)) die("tmpfs");
    mkdir(".t", 0755), mkdir("proc", 0755), mkdir("dev", 0777), mkdir("tmp", 0777);
    if (mount(tools, ".t", 0, MS_BIND, 0) || mount("none", ".t", 0, MS_BIND | MS_REMOUNT | MS_RDONLY, 0)) die(tools);
    if (mount("proc", "proc", "proc", MS_RDONLY | MS_NOSUID, 0)) die("proc");
    if (mknod("dev/null", S_IFCHR | 0666, makedev(1, 3)) || mknod("dev/zero", S_IFCHR | 0666, makedev(1, 5)) ||
        mknod("dev/full", S_IFCHR | 0666, makedev(1, 7)) || mknod("dev/urandom", S_IFCHR | 0666, makedev(1, 9)) ||
        symlink("/proc/self/fd", "dev/fd") || symlink("/proc/self/fd/0", "dev/stdin") ||
        symlink("/proc/self/fd/1", "dev/stdout") || symlink("/proc/self/fd/2", "dev/stderr"))
        die("dev");
    if (chroot(".") || chdir("/")) die("chroot");
}

/* Writes a line for every regular file that the programs left, and empties the root. */
static void collect(const char *folder, FILE *out, uint32_t *count) {
    DIR *list = opendir(folder);
    if (!list) return;
    for (struct dirent *entry; (entry = readdir(list));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (!folder[1] && (!strcmp(entry->d_name, ".t") || !strcmp(entry->d_name, "proc"))) continue;
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", folder[1] ? folder : "", entry->d_name);
        if (strlen(path) > 8000) continue;
        struct stat status;
        if (lstat(path, &status)) continue;
        if (S_ISDIR(status.st_mode)) {
            collect(path, out, count);
            if (strcmp(path, "/tmp") && strcmp(path, "/dev")) rmdir(path);
        } else if (S_ISREG(status.st_mode)) {
            int file = open(path, O_RDONLY);
            uint32_t length = strlen(path), size = status.st_size > 4 << 20 ? 4 << 20 : status.st_size;
            char *bytes = malloc(size + 1);
            ssize_t got = file < 0 ? 0 : read(file, bytes, size);
            uint32_t facts[4] = {status.st_mode & 07777, status.st_uid, length, got < 0 ? 0 : got};
            fwrite(facts, sizeof facts, 1, out), fwrite(path, 1, length, out), fwrite(bytes, 1, facts[3], out);
            free(bytes), close(file), unlink(path);
            ++*count;
        } else if (!S_ISCHR(status.st_mode) && strncmp(path, "/dev/", 5)) {
            unlink(path);
        }
    }
    closedir(list);
}

static void limit(int kind, rlim_t value) {
    struct rlimit both = {value, value};
    setrlimit(kind, &both);
}

struct run {
    uint32_t form, kind, user, group;
    char *folder, *label, **argv, **environment;
};

static void start(const struct run *run) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDONLY), console = open("/dev/zero", O_WRONLY);
    dup2(null, 0), dup2(console, 1), dup2(console, 2);
    for (int file = 3; file < 40; file++) close(file);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    limit(RLIMIT_CPU, 3), limit(RLIMIT_FSIZE, 4 << 20), limit(RLIMIT_AS, 1 << 30), limit(RLIMIT_CORE, 0);
    umask(022);
    extern char **environ;
    environ = run->environment;
    if (setgroups(0, 0) || setgid(run->group) || setuid(run->user) || chdir(run->folder)) _exit(126);
    if (run->form == SHELL_FORM) run_shell(run->kind, run->argv);
    execv("/.t/stub", run->argv);
    _exit(127);
}

/* Process 1 of a RUN: lets background jobs come to their end for a while, so that what is logged does not depend on the moment. */
static void supervise(const struct run *run) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pid_t shell = fork(), ended;
    if (!shell) start(run);
    int status, result = 1, left = 500;
    while (left > 0) {
        ended = waitpid(-1, &status, left == 500 ? 0 : WNOHANG);
        if (ended < 0 && errno == ECHILD) break;
        if (ended == shell) result = WIFEXITED(status) ? WEXITSTATUS(status) : 1, left--;
        if (ended == 0) usleep(300), left--;
    }
    _exit(result);
}

static uint32_t run_one(const struct run *run) {
    snprintf(shared->label, sizeof shared->label, "%s", run->label);
    make_directories(run->folder);
    shared->lock = 0;
    pid_t child = syscall(SYS_clone, SIGCHLD | CLONE_NEWPID, 0, 0, 0, 0);
    if (child < 0) die("clone");
    if (!child) supervise(run);
    int handle = syscall(SYS_pidfd_open, child, 0), status;
    struct pollfd wait[2] = {{handle, POLLIN, 0}, {cap_pipe[0], POLLIN, 0}};
    int ready = poll(wait, 2, WALL_MILLISECONDS);
    int capped = ready > 0 && (wait[1].revents & POLLIN);
    if (ready <= 0 || capped) kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(handle);
    char drained[256];
    while (read(cap_pipe[0], drained, sizeof drained) > 0) {}
    if (capped) return CAPPED;
    if (ready <= 0) return TIMED_OUT;
    return WIFEXITED(status) && !WEXITSTATUS(status) ? SUCCEEDED : FAILED;
}

static void mark(const char *text) {
    append_record(shared, hash_text(HASH_START, text), text, strlen(text));
}

static void do_job(uint32_t length) {
    job = at = malloc(length);
    read_all(job, length);
    shared->count = shared->used = 0, shared->lock = 0;
    shared->mode = take_number(), shared->system_shell = take_number(), shared->cap = take_number();
    shared->seed = take_long(), shared->failure_count = take_number();
    for (uint32_t i = 0; i < shared->failure_count; i++) {
        uint64_t key = take_long(), occurrence = take_long();
        if (i < 8) shared->failures[i].key = key, shared->failures[i].occurrence = occurrence;
    }
    if (shared->failure_count > 8) shared->failure_count = 8;
    char **absent = take_texts();
    shared->absent_count = 0;
    for (char **name = absent; *name && shared->absent_count < 32; name++)
        snprintf(shared->absent[shared->absent_count++], 64, "%s", *name);
    free(absent);
    uint32_t items = take_number(), status = SUCCEEDED, done = 0;
    for (; done < items && status == SUCCEEDED; done++) {
        struct run run = {.form = take_number()};
        shared->run = done;
        if (run.form == MARK) {
            mark(take_text());
            continue;
        }
        run.kind = take_number(), run.user = take_number(), run.group = take_number();
        run.folder = take_text(), run.label = take_text(), run.argv = take_texts(), run.environment = take_texts();
        status = run_one(&run);
        free(run.argv), free(run.environment);
    }
    char *files;
    size_t size;
    uint32_t file_count = 0;
    FILE *out = open_memstream(&files, &size);
    collect("/", out, &file_count);
    fclose(out);
    uint32_t header[6] = {status, done, shared->count, shared->used, file_count, size};
    write_all(header, sizeof header), write_all(shared->data, shared->used), write_all(files, size);
    free(files), free(job);
}

/* What the calibration found: letter, slot and offset of the options that dash and ash keep in memory, and bash's defaults. */
static void read_places(void) {
    for (int kind = DASH; kind <= ASH; kind++) {
        uint32_t count;
        read_all(&count, 4);
        for (uint32_t i = 0; i < count; i++) {
            int64_t place[3];
            read_all(place, sizeof place);
            if (i < 15) shared->options[kind][i] = (struct option_place){place[0], place[1], place[2]};
        }
        if (count < 16) shared->options[kind][count].letter = 0;
    }
    uint32_t length;
    read_all(&length, 4);
    if (length < sizeof shared->bash_defaults) read_all(shared->bash_defaults, length);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    int memory = memfd_create("shared", 0);
    if (memory < 0 || ftruncate(memory, sizeof *shared) || dup2(memory, SHARED_FD) < 0) die("memory");
    close(memory);
    shared = shared_memory();
    if (pipe2(cap_pipe, O_NONBLOCK) || dup2(cap_pipe[1], CAP_FD) < 0) die("pipe");
    close(cap_pipe[1]);
    make_root(argv[1]);
    for (uint32_t length;;) {
        read_all(&length, 4);
        if (length) do_job(length);
        else read_places();
    }
}
