/* Stands for every program that runs another one: logs how it was called, then runs the other one. */
#define _GNU_SOURCE
#include "act.h"
#include <sys/wait.h>

extern char **environ;
static struct shared *shared;
static const char *options = "";

static int shell_kind(const char *name) {
    if (!strcmp(name, "sh")) return shared->system_shell;
    for (int kind = 0; kind < SHELLS; kind++)
        if (!strcmp(name, SHELL_NAMES[kind])) return kind;
    return NO_SHELL;
}

static int runs_script_text(char *const *argv) {
    for (argv++; *argv && **argv == '-'; argv++) {
        if (argv[0][1] != '-' && strchr(*argv, 'c')) return 1;
        if (is_one_of(*argv, "-o -O +o +O") && argv[1]) argv++;
    }
    return 0;
}

static void become(char **argv) {
    if (!argv[0]) _exit(0);
    const char *slash = strrchr(argv[0], '/');
    if (!slash && is_absent(shared, argv[0])) _exit(127);
    setenv(OPTIONS_VARIABLE, options, 1);
    execv("/.t/stub", argv);
    _exit(126);
}

static int is_assignment(const char *word) {
    const char *equals = strchr(word, '=');
    return equals && equals != word && *word != '-';
}

/* Skips options; those in `with_value` take the next word. */
static char **skip_options(char **argv, const char *with_value) {
    while (*argv && **argv == '-') {
        if (!strcmp(*argv, "--")) return argv + 1;
        if (is_one_of(*argv, with_value) && argv[1]) argv++;
        argv++;
    }
    return argv;
}

static int pass_to_words(char **argv) {
    int if_any = has(argv, "-r") || has(argv, "--no-run-if-empty");
    char **command = skip_options(argv + 1, "-n -L -P -I -d -s -a -E --max-args --max-procs"), *full[200];
    int count = 0, before;
    for (; command[count] && count < 100; count++) full[count] = command[count];
    if (!count) full[count++] = "echo";
    before = count;
    take_input();
    input.bytes[input.length < sizeof input_bytes ? input.length : sizeof input_bytes - 1] = 0;
    for (size_t i = 0; i < input.length; i++)
        if (!input.bytes[i]) input.bytes[i] = '\n';
    for (char *word = strtok(input.bytes, " \t\n"); word && count < 190; word = strtok(0, " \t\n")) full[count++] = word;
    full[count] = 0;
    if (count == before && if_any) return 0;
    int status, null = open("/dev/null", O_RDONLY);
    pid_t child = fork();
    if (!child) dup2(null, 0), close(null), become(full);
    waitpid(child, &status, 0);
    return status ? 123 : 0;
}

/* Gives the exit status if there is nothing to run. */
static int pass_on(const char *name, char **argv) {
    if (is_one_of(name, "env sudo doas")) {
        char **rest = argv + 1;
        if (*name == 's') setenv("SUDO_USER", "traced", 1);
        for (; *rest; rest++) {
            if (is_assignment(*rest)) { putenv(*rest); continue; }
            if (**rest != '-') break;
            if (is_one_of(*rest, "-i -") && *name == 'e') { clearenv(); continue; }
            if (!strcmp(*rest, "--")) { rest++; break; }
            if (is_one_of(*rest, "-u --unset") && *name == 'e' && rest[1]) unsetenv(*++rest);
            else if (is_one_of(*rest, "-u -g -C -h -p -r -t -U -S --chdir") && rest[1] && strcmp(*rest, "-S")) rest++;
        }
        become(rest);
    }
    if (is_one_of(name, "nice ionice nohup time stdbuf setsid eatmydata linux32 linux64"))
        become(skip_options(argv + 1, "-n -c -p -i -o -e -f --adjustment"));
    if (is_one_of(name, "gosu su-exec timeout chroot setarch")) {
        char **rest = skip_options(argv + 1, "-s -k --signal");
        become(*rest ? rest + 1 : rest);
    }
    if (!strcmp(name, "busybox")) become(argv + 1);
    if (!strcmp(name, "xargs")) return pass_to_words(argv);
    if (!strcmp(name, "su"))
        for (char **word = argv + 1; *word; word++)
            if (is_one_of(*word, "-c --command -lc") && word[1]) {
                char *script[] = {"sh", "-c", word[1], 0};
                become(script);
            }
    int kind = shell_kind(name);
    if (kind != NO_SHELL && runs_script_text(argv)) unsetenv(OPTIONS_VARIABLE), run_shell(kind, argv);
    return 0;
}

int main(int argc, char **argv) {
    shared = shared_memory();
    if (!shared || argc < 1) return 125;
    if (getenv(OPTIONS_VARIABLE)) options = strdup(getenv(OPTIONS_VARIABLE));
    if (!passes_on(name_of(argv[0]))) return act(shared, argv, environ, options);
    uint32_t occurrence;
    if (log_command(shared, argv, environ, options, &occurrence)) return 1;
    return pass_on(name_of(argv[0]), argv);
}
