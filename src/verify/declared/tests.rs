//! What each difference allows, and what it does not.

use super::Declared;
use crate::effect::Difference;
use crate::effect::account::Account;
use crate::effect::split::Split;
use crate::verify::archive::Configuration;
use crate::verify::compare::{config, files};
use crate::verify::libraries::{Lack, Missing};
use crate::verify::testing::{Tar, put, tree};

fn cleans() -> Difference {
    Difference::EditProgram { instruction: 1, edits: Vec::new() }
}

fn excludes(patterns: &[&str]) -> Difference {
    let patterns = patterns.iter().map(|it| (*it).to_owned()).collect();
    Difference::Exclude { patterns, tracked: Vec::new() }
}

/// A user by the number 8, which these commands make; without any, a `COPY` gives it files.
fn runs_as(commands: &[&str]) -> Difference {
    let owned = if commands.is_empty() { vec![0] } else { Vec::new() };
    let commands = commands.iter().map(|it| (*it).to_owned()).collect();
    let owner = "8:8".to_owned();
    Difference::RunAs(Account { before: 1, user: 8, commands, appended_to: None, owned, owner })
}

/// What is no longer sent where something is excluded, as it is called where it arrives.
const UNSENT: &[&str] = &["a.log", "build/x", "docs/b"];

/// The files that are declared, and the others.
fn sorted(differences: &[Difference], before: Tar, after: Tar) -> [Vec<String>; 2] {
    let trees = [&before, &after].map(|it| tree(std::slice::from_ref(it)));
    let is_folder = |path: &String| {
        trees.iter().all(|it| it.get(path).is_none_or(|place| place.node.is_folder()))
    };
    sorted_with_folders(differences, before, after)
        .map(|paths| paths.into_iter().filter(|it| !is_folder(it)).collect())
}

fn sorted_with_folders(differences: &[Difference], before: Tar, after: Tar) -> [Vec<String>; 2] {
    let configuration =
        Configuration { env: vec!["PIP_CACHE_DIR=/pip".to_owned()], ..Configuration::default() };
    let (before, after) = (tree(&[before]), tree(&[after]));
    let found = files::compare(&before, &after);
    let mut declared = Declared::of(differences);
    declared.unsent.extend(UNSENT.iter().filter(|_| declared.excludes).map(|it| (*it).to_owned()));
    let (known, other) = declared.sort(found, &configuration, &after);
    [known, other].map(|list| list.into_iter().map(|it| it.path).collect())
}

fn owned(tar: Tar, name: &str, user: &[u8], group: &[u8]) -> Tar {
    tar.entry(name, b'0', "", b"", |block| {
        put(block, 108, user);
        put(block, 116, group);
    })
}

fn with(names: &[&str]) -> Tar {
    names.iter().fold(Tar::default(), |tar, name| match name.strip_suffix('/') {
        Some(name) => tar.folder(name),
        None => tar.file(name, "x"),
    })
}

#[test]
fn a_cache_that_goes_is_declared_and_a_file_beside_it_is_not() {
    let caches =
        ["pip/http/a", "root/.cache/pip/http/a", "root/.npm/_cacache/a", "var/lib/apt/lists/a"];
    let beside = [
        "root/.cache/own",
        "root/.npmrc",
        "srv/lists/a",
        "usr/bin/pip",
        "var/cache/apt/pkgcache.bin",
        "var/lib/apt/extended_states",
        "var/lib/apt/listsa",
        "var/lib/dpkg/status",
    ];
    let before = with(&[&caches[..], &beside].concat());
    let absolute = |names: &[&str]| names.iter().map(|it| format!("/{it}")).collect::<Vec<_>>();
    let found = sorted(&[cleans()], before.clone(), Tar::default());
    assert_eq!(found, [absolute(&caches), absolute(&beside)]);
    let drops = Difference::DropRun { instruction: 2 };
    assert_eq!(sorted(&[drops], before.clone(), Tar::default()), found);
    // The same where nothing, or something else, is declared.
    for other in [
        Difference::MergeRuns { first: 1, count: 2 },
        Difference::GiveFlags { run: 1, handovers: Vec::new(), whole: true },
        runs_as(&["useradd"]),
        excludes(&["other"]),
    ] {
        assert_eq!(sorted(&[other], before.clone(), Tar::default())[0], [""; 0]);
    }
    assert_eq!(sorted(&[], before, Tar::default())[0], [""; 0]);
}

#[test]
fn apt_notes_what_it_knew() {
    let notes = |text: &str| Tar::default().file("var/log/apt/eipp.log.xz", text);
    assert_eq!(sorted(&[cleans()], notes("a"), notes("b"))[1], [""; 0]);
    assert_eq!(sorted(&[cleans()], notes("a"), Tar::default())[0], [""; 0]);
    assert_eq!(sorted(&[runs_as(&[])], notes("a"), notes("b"))[0], [""; 0]);
}

#[test]
fn a_folder_that_is_emptied_goes_with_its_cache() {
    let lists = ["var/lib/apt/lists/", "var/lib/apt/lists/partial/", "var/lib/apt/lists/a"];
    let before = with(&[&["var/", "var/lib/", "var/lib/apt/"], &lists[..]].concat());
    let [known, other] =
        sorted_with_folders(&[cleans()], before.clone(), with(&["var/", "var/lib/"]));
    assert_eq!(known.len(), 4, "{known:?}");
    assert_eq!(other, [""; 0]);
    // Not where something else was in it, or where it was empty.
    let more = before.file("var/lib/apt/own", "");
    let [_, other] = sorted_with_folders(&[cleans()], more, with(&["var/", "var/lib/"]));
    assert_eq!(other, ["/var/lib/apt", "/var/lib/apt/own"]);
    let [_, other] =
        sorted_with_folders(&[cleans()], with(&["srv/", "srv/empty/"]), with(&["srv/"]));
    assert_eq!(other, ["/srv/empty"]);
}

#[test]
fn nothing_is_declared_by_merging() {
    let merges = Difference::MergeRuns { first: 1, count: 2 };
    let before = with(&["var/lib/apt/lists/a", "etc/passwd", "srv/a"]);
    assert_eq!(sorted(&[merges], before, with(&["srv/b"]))[0], [""; 0]);
}

#[test]
fn accounts_are_declared_where_a_user_is_made() {
    let list = |text: &str| {
        let names = ["etc/group", "etc/passwd", "etc/shadow", "etc/hosts", "etc/sudoers"];
        names.iter().fold(Tar::default(), |tar, name| tar.file(name, text))
    };
    let [known, other] = sorted(&[runs_as(&["useradd"])], list("a"), list("b"));
    assert_eq!(known, ["/etc/group", "/etc/passwd", "/etc/shadow"]);
    assert_eq!(other, ["/etc/hosts", "/etc/sudoers"]);
    // A number alone makes no account.
    assert_eq!(sorted(&[runs_as(&[])], list("a"), list("b"))[0], [""; 0]);
}

#[test]
fn what_belongs_to_the_new_user_is_declared() {
    let home = |user: &[u8]| owned(Tar::default(), "home/app/.profile", user, b"0000010\0");
    let declared = [runs_as(&["useradd"])];
    assert_eq!(sorted(&declared, Tar::default(), home(b"0000010\0"))[1], [""; 0]);
    assert_eq!(sorted(&declared, Tar::default(), home(b"0000011\0"))[0], [""; 0]);
    let given = |user: &[u8]| owned(Tar::default(), "srv/data", user, b"0000000\0");
    let elsewhere = [runs_as(&["chown 8:8 /srv/other"])];
    assert_eq!(sorted(&elsewhere, given(b"0000000\0"), given(b"0000010\0"))[0], [""; 0]);
    for commands in [&["chown 8:8 /srv/data"][..], &[]] {
        let declared = [runs_as(commands)];
        let [root, user, other] = [b"0000000\0", b"0000010\0", b"0000011\0"].map(|it| given(it));
        assert_eq!(sorted(&declared, root.clone(), user.clone())[1], [""; 0]);
        // To or from somebody else, away from the user, and gone.
        assert_eq!(sorted(&declared, root.clone(), other.clone())[0], [""; 0]);
        assert_eq!(sorted(&declared, other, user.clone())[0], [""; 0]);
        assert_eq!(sorted(&declared, user.clone(), root)[0], [""; 0]);
        assert_eq!(sorted(&declared, user.clone(), Tar::default())[0], [""; 0]);
        // With another mode or other contents.
        let more = |block: &mut [u8; 512]| {
            put(block, 100, b"0000777\0");
            put(block, 108, b"0000010\0");
        };
        let changed = Tar::default().entry("srv/data", b'0', "", b"", more);
        assert_eq!(sorted(&declared, given(b"0000000\0"), changed)[0], [""; 0]);
    }
}

#[test]
fn a_folder_is_given_through_a_link_to_it() {
    let given = |user: &[u8]| {
        let tar = Tar::default().symlink("srv/link", "/srv/data").symlink("srv/other", "/srv/none");
        owned(tar, "srv/data", user, b"0000000\0")
    };
    let found = |command: &str| {
        let (before, after) = (given(b"0000000\0"), given(b"0000010\0"));
        sorted(&[runs_as(&[command])], before, after)[1].len()
    };
    assert_eq!(found("mkdir -p /srv/link && chown 8:8 /srv/link"), 0);
    assert_eq!(found("mkdir -p /srv/other && chown 8:8 /srv/other"), 1);
}

#[test]
fn lists_of_accounts_keep_their_mode_and_owner_and_do_not_go() {
    let declared = [runs_as(&["useradd"])];
    let before = Tar::default().with_mode("etc/shadow", 0o640, "a");
    assert_eq!(sorted(&declared, before.clone(), Tar::default())[0], [""; 0]);
    let readable = Tar::default().with_mode("etc/shadow", 0o666, "a");
    assert_eq!(sorted(&declared, before, readable)[0], [""; 0]);
}

#[test]
fn only_folders_of_the_account_come_with_a_user() {
    let declared = [runs_as(&["useradd"])];
    let library = owned(Tar::default(), "usr/lib/evil.so", b"0000010\0", b"0000000\0");
    assert_eq!(sorted(&declared, Tar::default(), library)[0], [""; 0]);
}

#[test]
fn a_cache_does_not_grow_by_being_cleaned() {
    let after = with(&["var/lib/apt/lists/a"]);
    assert_eq!(sorted(&[cleans()], Tar::default(), after)[0], [""; 0]);
}

#[test]
fn what_is_excluded_may_go_and_nothing_else_of_it_is_declared() {
    let declared = [excludes(&["*.log", "docs", "!docs/keep", "/build/x"])];
    let excluded = ["app/a.log", "app/build/x", "app/docs/b"];
    let sent = ["app/build/y", "app/docs/keep", "app/sub.logs/c", "app/x"];
    let before = with(&[&excluded[..], &sent].concat());
    let found = sorted(&declared, before.clone(), Tar::default());
    let absolute = |names: &[&str]| names.iter().map(|it| format!("/{it}")).collect::<Vec<_>>();
    assert_eq!(found, [absolute(&excluded), absolute(&sent)]);
    // It does not come; where the build makes one of its own it changes.
    assert_eq!(sorted(&declared, Tar::default(), before.clone())[0], [""; 0]);
    let names = [&excluded[..], &sent].concat();
    let changed = names.iter().fold(Tar::default(), |tar, name| tar.file(name, "y"));
    assert_eq!(sorted(&declared, before, changed), [absolute(&excluded), absolute(&sent)]);
}

#[test]
fn the_user_is_declared_by_its_number() {
    let user = |user: &str| Configuration { user: user.to_owned(), ..Configuration::default() };
    let is_declared = |declared: &Difference, before: &str, after: &str| {
        let found = config::compare(&user(before), &user(after));
        assert_eq!(found.len(), 1);
        Declared::of([declared]).is_configured(&found[0])
    };
    let declared = runs_as(&[]);
    for before in ["", "root", "0", "0:0"] {
        assert!(is_declared(&declared, before, "8"), "{before}");
        assert!(!is_declared(&cleans(), before, "8"), "{before}");
    }
    // Another user than it says, another one before, and back to root.
    assert!(!is_declared(&declared, "", "9"));
    assert!(!is_declared(&declared, "app", "8"));
    assert!(!is_declared(&declared, "8", ""));
    // No other setting.
    let other = Configuration { working_dir: "/srv".to_owned(), ..Configuration::default() };
    let found = config::compare(&Configuration::default(), &other);
    assert!(!Declared::of([&declared]).is_configured(&found[0]));
}

fn splits() -> Difference {
    let texts = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    Difference::Split(Split {
        from: 0,
        name: "build".to_owned(),
        built: Vec::new(),
        tail: 1,
        runtime: texts(&["FROM gcr.io/distroless/static-debian13", "ENV MODE=fast"]),
        rewritten: vec![(2, "CMD [\"/app/server\"]".to_owned())],
        health: None,
        dropped: Vec::new(),
        contains: texts(&["/app/server", "/app/views"]),
        changed: texts(&["/app/server"]),
        left: String::new(),
        bases: Default::default(),
    })
}

#[test]
fn of_a_split_everything_may_go_but_what_it_says_to_contain() {
    let before = with(&["app/server", "app/views/a", "app/views/b", "app/main.go", "usr/bin/go"])
        .file("etc/passwd", "root");
    let after = with(&["app/views/a", "etc/ssl/cert.pem"])
        .file("app/server", "another")
        .file("app/views/b", "another")
        .file("etc/passwd", "nonroot");
    let [known, other] = sorted(&[splits()], before, after);
    assert_eq!(
        known,
        ["/app/main.go", "/app/server", "/etc/passwd", "/etc/ssl/cert.pem", "/usr/bin/go"]
    );
    assert_eq!(other, ["/app/views/b"]);
    let [_, lost] = sorted(&[splits()], with(&["app/views/a"]), with(&[]));
    assert_eq!(lost, ["/app/views/a"]);
}

#[test]
fn scripts_of_a_new_base_may_lack_a_shell_and_those_of_the_file_may_not() {
    let lacks = |by: &str, lack: Lack| Missing { by: Some(by.to_owned()), lack };
    let shell = || Lack::Interpreter("/bin/bash".to_owned());
    let (splits, cleans) = ([splits()], [cleans()]);
    let declared = Declared::of(&splits);
    assert!(declared.is_of_new_base(&lacks("/usr/bin/ldd", shell())));
    assert!(!declared.is_of_new_base(&lacks("/app/views/render", shell())));
    assert!(!declared.is_of_new_base(&Missing { by: None, lack: shell() }));
    assert!(
        !declared.is_of_new_base(&lacks("/usr/lib/libx.so", Lack::Library("liby.so".to_owned())))
    );
    assert!(!Declared::of(&cleans).is_of_new_base(&lacks("/usr/bin/ldd", shell())));
}

#[test]
fn of_a_split_the_configuration_of_the_base_may_change_and_not_that_of_the_file() {
    let differences = [splits()];
    let declared = Declared::of(&differences);
    let known = |field, key: Option<&str>, before: Option<&str>, after: Option<&str>| {
        let [key, before, after] = [key, before, after].map(|it| it.map(str::to_owned));
        declared.is_configured(&config::Difference { field, key, before, after })
    };
    use config::Field::{
        Cmd, Entrypoint, Env, ExposedPorts, Labels, StopSignal, User, Volumes, WorkingDir,
    };
    assert!(known(Env, Some("GOLANG_VERSION"), Some("1.24"), None));
    assert!(known(Env, Some("PATH"), Some("/go/bin:/bin"), Some("/bin")));
    assert!(!known(Env, Some("MODE"), Some("fast"), None));
    assert!(!known(Env, Some("MODE"), Some("fast"), Some("slow")));
    assert!(known(Env, Some("MODE"), Some("slow"), Some("fast")));
    assert!(known(Cmd, None, Some("/bin/sh -c /app/server"), Some("/app/server")));
    assert!(known(User, None, None, Some("65532")));
    assert!(!known(User, None, Some("1000"), Some("65532")));
    assert!(!known(Labels, Some("a"), Some("1"), Some("2")));
    assert!(!known(WorkingDir, None, Some("/app"), Some("/")));
    assert!(!known(ExposedPorts, Some("80/tcp"), Some("80/tcp"), None));
    assert!(known(ExposedPorts, Some("8080/tcp"), None, Some("8080/tcp")));
    assert!(known(Entrypoint, None, Some("/tini docker-entrypoint.sh"), Some("/tini /bin/deno")));
    assert!(known(StopSignal, None, None, Some("SIGQUIT")));
    assert!(!known(StopSignal, None, Some("SIGINT"), None));
    assert!(!known(StopSignal, None, Some("SIGINT"), Some("SIGQUIT")));
    assert!(!known(Volumes, Some("/data"), Some("/data"), None));
}
