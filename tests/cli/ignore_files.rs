//! `.dockerignore`: one for each build context, after all Dockerfiles that share it.

use crate::support::Folder;

const NODE: &str = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\n";
const AGREED: [&str; 2] = ["--only=write-dockerignore", "--allow=write-dockerignore"];

/// A project with more on the disk than version control keeps.
fn project() -> Folder {
    let folder = Folder::with(NODE);
    folder.git(&["init", "-q"]);
    folder.write("package.json", "{}\n");
    folder.write(".gitignore", "node_modules\n*.log\n");
    folder.write("node_modules/x/index.js", "x".repeat(2_000_000));
    folder
}

#[test]
fn a_new_file_is_shown_agreed_to_and_written() {
    let folder = project();
    let ran = folder.run(["--only=write-dockerignore"]);
    assert!(ran.out.contains("write-dockerignore needs your agreement (4 changes in 1 file)"));
    assert!(ran.out.contains("gain: the context here: 2."), "{}", ran.out);
    assert!(!folder.file(".dockerignore").exists());
    let ran = folder.run(AGREED.iter().chain(&["--fix"]));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let expected = "# version control\n.git\n\n# dependencies that the build installs\nnode_modules\n\n\
                    # logs\n*.log\n\n# how images are built\n.dockerignore\nDockerfile\n";
    assert_eq!(folder.read(".dockerignore"), expected);
    let again = folder.run(AGREED);
    assert!(again.out.starts_with("nothing to change in"), "{}", again.out);
}

/// Without version control, the nearest folder with a file that describes builds stands for the repository.
#[test]
fn a_description_above_the_dockerfile_tells_the_context() {
    let folder = Folder::new();
    folder.write("api/docker/Dockerfile", NODE);
    folder.write("api/package.json", "{}\n");
    folder.write("api/src/index.js", "");
    let context = |folder: &Folder| {
        let ran = folder.run(AGREED.iter().chain(&["--diff"]));
        ran.out.lines().find_map(|line| line.strip_prefix("+++ b/").map(str::to_owned))
    };
    assert_eq!(context(&folder), None);
    let compose = "services:\n  api:\n    build:\n      context: .\n      dockerfile: api/docker/Dockerfile\n";
    folder.write("compose.yaml", compose);
    assert_eq!(context(&folder).as_deref(), Some(".dockerignore"));
    // Who hides it from searches does not hide it from builds.
    folder.write(".ignore", "compose.yaml\n");
    assert_eq!(context(&folder).as_deref(), Some(".dockerignore"));
}

#[cfg(unix)]
#[test]
fn a_new_file_has_the_mode_of_new_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = project();
    folder.run(AGREED.iter().chain(&["--fix"]));
    folder.write("other", "");
    let mode = |name| folder.file(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode(".dockerignore"), mode("other"));
}

#[test]
fn the_patch_makes_the_same_file() {
    let folder = project();
    let patch = folder.run(AGREED.iter().chain(&["--diff"])).out;
    assert!(patch.starts_with("--- /dev/null\n+++ b/.dockerignore\n@@ -0,0 +1,12 @@\n"), "{patch}");
    folder.write("p.patch", &patch);
    folder.git(&["apply", "p.patch"]);
    let applied = folder.read(".dockerignore");
    std::fs::remove_file(folder.file(".dockerignore")).unwrap();
    folder.run(AGREED.iter().chain(&["--fix"]));
    assert_eq!(folder.read(".dockerignore"), applied);
}

#[test]
fn what_is_only_on_this_disk_decides_nothing() {
    let (here, elsewhere) = (project(), project());
    std::fs::remove_dir_all(elsewhere.file("node_modules")).unwrap();
    elsewhere.write("x.log", "x");
    for folder in [&here, &elsewhere] {
        folder.run(AGREED.iter().chain(&["--fix"]));
    }
    assert_eq!(here.read(".dockerignore"), elsewhere.read(".dockerignore"));
}

/// It is no Dockerfile, unless a build takes it as it is.
#[test]
fn a_template_is_nothing_that_shares_a_context() {
    for name in ["docker/Dockerfile.j2", "docker/Dockerfile.web"] {
        let folder = project();
        folder.write(name, "{% for x in y %}\nFROM {{ x }}\n{% endfor %}\nCOPY src /app\n");
        let ran = folder.run(AGREED);
        assert!(ran.out.contains("+node_modules"), "{}{}", ran.out, ran.err);
        let compose = format!("services:\n  a:\n    build: {{ context: ., dockerfile: {name} }}\n");
        folder.write("compose.yaml", compose);
        let ran = folder.run(AGREED.iter().chain(&["--why-not"]));
        assert!(!ran.out.contains("+node_modules"), "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("is not valid"), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn by_a_guess_nothing_is_written() {
    let folder = Folder::with("FROM debian:12\nCOPY . /app\n");
    folder.git(&["init", "-q"]);
    folder.write(".gitignore", "*.log\n");
    let ran = folder.run(AGREED.iter().chain(&["--why-not"]));
    let expected = "Dockerfile:2: write-dockerignore declined (context-unknown): nothing tells with which \
                    folder it is built; say it with `--context DIR`\n";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    let ran = folder.run(AGREED.iter().chain(&["--context", ".", "--fix"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(folder.read(".dockerignore").contains("\n*.log\n"));
}

#[test]
fn a_pattern_is_right_for_every_dockerfile_of_the_context() {
    let folder = project();
    let others =
        "services:\n  a: { build: . }\n  b: { build: { context: ., dockerfile: b/Dockerfile } }\n";
    folder.write("compose.yaml", others);
    folder.write("b/Dockerfile", "FROM node:22\nCOPY . /app\nCMD node /app/x.js\n");
    let ran = folder.run(AGREED.iter().chain(&["--why-not", "--fix", "Dockerfile"]));
    let expected =
        "(not-made-by-the-build): `node_modules` stays: `COPY . /app` at b/Dockerfile:2 takes it";
    assert!(ran.out.contains(expected), "{}", ran.out);
    assert!(!folder.read(".dockerignore").contains("node_modules"));
}

#[test]
fn the_file_of_one_dockerfile_is_right_for_that_alone() {
    let folder = project();
    let both =
        "services:\n  a: { build: . }\n  b: { build: { context: ., dockerfile: b/Dockerfile } }\n";
    folder.write("compose.yaml", both);
    folder.write("b/Dockerfile", "FROM node:22\nCOPY . /app\nCMD node /app/x.js\n");
    folder.write("Dockerfile.dockerignore", ".git\n");
    folder.run(AGREED.iter().chain(&["--fix"]));
    let own = folder.read("Dockerfile.dockerignore");
    assert!(own.starts_with(".git\n") && own.contains("\nnode_modules\n"), "{own}");
    let common = folder.read(".dockerignore");
    assert!(common.contains("*.log\n") && !common.contains("node_modules"), "{common}");
}

#[test]
fn without_a_repository_the_dockerfiles_beside_it_count_too() {
    let folder = Folder::with(NODE);
    folder.write("package.json", "{}\n");
    folder.write(".gitignore", "node_modules\n*.log\n");
    folder.write("Dockerfile.dev", "FROM node:22\nCOPY . /app\nCMD node /app/x.js\n");
    let ran = folder.run(AGREED.iter().chain(&["--fix", "Dockerfile"]));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let written = folder.read(".dockerignore");
    assert!(written.contains("*.log") && !written.contains("node_modules"), "{written}");
}

#[test]
fn a_secret_that_is_copied_is_told_with_its_name() {
    let folder = Folder::with("FROM debian:12\nCOPY . /app\nCOPY .env /app/\n");
    folder.write("compose.yaml", "services: { a: { build: . } }\n");
    folder.write(".gitignore", ".env\n");
    folder.git(&["init", "-q"]);
    let ran = folder.run(AGREED.iter().chain(&["--why-not"]));
    let expected =
        "(secret-is-copied): `.env` stays: `COPY .env /app/` at Dockerfile:3 copies `.env`";
    assert!(ran.out.contains(expected), "{}", ran.out);
}

#[test]
fn a_broken_file_is_left_alone() {
    let folder = project();
    folder.write(".dockerignore", "a\n[\n");
    let ran = folder.run(AGREED.iter().chain(&["--why-not", "--fix"]));
    let at_line_2 = ".dockerignore:2: write-dockerignore declined (broken-ignore-file)";
    assert!(ran.out.contains(at_line_2), "{}", ran.out);
    assert_eq!(folder.read(".dockerignore"), "a\n[\n");
    // The builder reads it, and refuses it then.
    folder.write(".dockerignore", "a\nb\t# why\n");
    let ran = folder.run(AGREED.iter().chain(&["--why-not", "--fix"]));
    assert!(ran.out.contains(at_line_2), "{}{}", ran.out, ran.err);
    assert_eq!(ran.code, 0);
}

#[test]
fn what_the_file_brings_back_stays_with_the_line_that_does() {
    let folder = project();
    folder.write(".dockerignore", "# ours\n.git\n\n!/node_modules/ \n");
    let ran = folder.run(AGREED.iter().chain(&["--why-not", "--fix"]));
    let told = ".dockerignore:4: write-dockerignore declined (brought-back): `node_modules` stays: \
                `!/node_modules/` brings it back";
    assert!(ran.out.contains(told), "{}{}", ran.out, ran.err);
    assert!(folder.read(".dockerignore").contains("*.log"));
}

#[test]
fn line_ends_a_missing_last_one_and_a_comment_that_says_no_are_kept() {
    for (before, expected) in [
        (
            "# ours\r\n.git\r\n",
            "# ours\r\n.git\r\n\r\n# dependencies that the build installs\r\nnode_modules\r\n",
        ),
        (".git\ndocs", ".git\ndocs\nnode_modules\n*.log"),
        (
            "# jettison ignore=write-dockerignore: no\n",
            "# jettison ignore=write-dockerignore: no\n",
        ),
    ] {
        let folder = project();
        folder.write(".dockerignore", before);
        let ran = folder.run(AGREED.iter().chain(&["--fix"]));
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let found = folder.read(".dockerignore");
        assert!(found.starts_with(expected), "{found:?}");
        assert_eq!(before.ends_with('\n'), found.ends_with('\n'));
    }
}

#[test]
fn a_read_only_folder_gets_nothing_and_one_error() {
    if crate::support::is_root() {
        return;
    }
    let folder = project();
    let mut mode = folder.path().metadata().unwrap().permissions();
    mode.set_readonly(true);
    std::fs::set_permissions(folder.path(), mode.clone()).unwrap();
    let ran = folder.run(AGREED.iter().chain(&["--fix"]));
    #[allow(clippy::permissions_set_readonly_false)]
    mode.set_readonly(false);
    std::fs::set_permissions(folder.path(), mode).unwrap();
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("cannot be created"), "{}", ran.err);
}

#[test]
fn without_version_control_names_tell() {
    let folder =
        Folder::with("FROM python:3.13\nCOPY . /app\nCMD [\"python\", \"/app/main.py\"]\n");
    folder.write("main.py", "print()\n");
    for path in [".env", "debug.log", "data.sqlite3", "web/node_modules/x.js", "__pycache__/a.pyc"]
    {
        folder.write(path, "x");
    }
    // Folders and files of the project that are called like leftovers.
    for path in
        ["logs/reader.py", "coverage/index.js", "venv/make.sh", "junit.py", "app/logs/a.log"]
    {
        folder.write(path, "x");
    }
    // What is left of them.
    for path in [".venv/pyvenv.cfg", ".venv/lib/a.py", "htmlcov/status.json", "htmlcov/a.js"] {
        folder.write(path, "x");
    }
    folder.run(AGREED.iter().chain(&["--fix", "--context=."]));
    let expected = "# caches of tools\n**/__pycache__\n\n# virtual environments\n.venv\n\n# logs\ndebug.log\n\n# reports of tests\nhtmlcov\n\n# credentials\n.env\n\n\
                    # how images are built\n.dockerignore\nDockerfile\n";
    assert_eq!(folder.read(".dockerignore"), expected);
    folder.git(&["init", "-q"]);
    std::fs::remove_file(folder.file(".dockerignore")).unwrap();
    folder.run(AGREED.iter().chain(&["--fix", "--context=."]));
    let expected = "# version control\n.git\n\n# caches of tools\n**/__pycache__\n\n\
                    # how images are built\n.dockerignore\nDockerfile\n";
    assert_eq!(folder.read(".dockerignore"), expected);
}
