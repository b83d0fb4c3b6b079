use super::told;

/// What `a/b/build.sh` builds, with these files there.
fn script(text: &str, there: &[&str]) -> Vec<String> {
    let mut files = vec![("a/b/build.sh", text)];
    files.extend(there.iter().map(|path| (*path, "FROM a\n")));
    told(&files)
}

#[test]
fn a_script_that_goes_to_its_folder_says_where_it_is() {
    let lines = [
        "cd \"$(dirname \"$0\")\"",
        "cd $(dirname $0) || exit 1",
        "cd \"${0%/*}\"",
        "cd `dirname ${BASH_SOURCE[0]}`",
        "DIR=\"$( cd \"$( dirname \"${BASH_SOURCE[0]}\" )\" >/dev/null 2>&1 && pwd )\"\ncd \"$DIR\"",
        "readonly ROOT=$(dirname \"$(readlink -f \"$0\")\")\ncd -- \"$ROOT\"",
        "cd $(git rev-parse --show-toplevel)/a/b",
    ];
    for line in lines {
        let text = format!("#!/bin/bash\nset -e\n{line}\ndocker build -t x -f d/Dockerfile ..\n");
        let number = 3 + line.matches('\n').count() + 1;
        assert_eq!(
            script(&text, &[]),
            [format!("`docker build`:{number}: a/b/d/Dockerfile in a, as x")],
            "{line}"
        );
    }
}

#[test]
fn else_the_dockerfile_tells_where_it_runs() {
    let text = "docker buildx build --push -t x:$TAG -f docker/Dockerfile .\n";
    assert_eq!(
        script(text, &["docker/Dockerfile"]),
        ["`docker build`:1: docker/Dockerfile in ., perhaps as x:*"]
    );
    assert_eq!(
        script(text, &["a/docker/Dockerfile"]),
        ["`docker build`:1: a/docker/Dockerfile in a, perhaps as x:*"]
    );
    assert_eq!(
        script(text, &["docker/Dockerfile", "a/docker/Dockerfile"]),
        [
            "? `docker build`:1: the folder in which it runs is not known (Dockerfile a/docker/Dockerfile), perhaps as x:*",
            "? `docker build`:1: the folder in which it runs is not known (Dockerfile docker/Dockerfile), perhaps as x:*",
        ]
    );
    let none = script("docker build .\n", &[]);
    assert!(
        none[0].starts_with("? `docker build`:1: its Dockerfile is in no folder in which"),
        "{none:?}"
    );
}

#[test]
fn what_is_given_to_a_script_is_not_known() {
    let text = "cd \"$(dirname \"$0\")\"\nFILE=${1:-Dockerfile}\ndocker build -f \"$FILE\" ${CONTEXT:-.}\ndocker build -f \"$2\" .\nbuild() { docker build -f \"$1\" .; }\nset -- x\ndocker build -f \"$1\" .\n";
    assert_eq!(
        script(text, &[]),
        [
            "`docker build`:3: a/b/Dockerfile in a/b",
            "? `docker build`:4: the Dockerfile depends on `$2` (context a/b)",
            "? `docker build`:5: the folder of the command depends on where the function is called",
            "? `docker build`:7: the Dockerfile depends on `$1` (context a/b)",
        ]
    );
}

#[test]
fn scripts_are_followed_from_what_runs_them() {
    let makefile = "image:\n\t./hack/build api\n\tcd web && bash ../hack/build.sh\n";
    let api = "#!/usr/bin/env bash\ndocker build -t $1 -f $1/Dockerfile .\n";
    let files =
        [("Makefile", makefile), ("hack/build", api), ("hack/build.sh", "docker build -t web .\n")];
    let expected = [
        "`docker build`:1: web/Dockerfile in web, as web",
        "`docker build`:2: api/Dockerfile in ., as api",
    ];
    // Most Makefiles name no tool, and are not looked at.
    assert_eq!(
        told(&[(files[0].0, &format!("# docker\n{makefile}")), files[1], files[2]]),
        expected
    );
    let workflow = "jobs:\n  b:\n    env: { DIR: web }\n    steps:\n      - run: sh ./build.sh\n        working-directory: x\n";
    let script = ("x/build.sh", "docker build $DIR\n");
    assert_eq!(
        told(&[(".github/workflows/a.yml", workflow), script]),
        ["`docker build`:1: x/web/Dockerfile in x/web"]
    );
    let recursive = ("b.sh", "sh ./b.sh; sh ./b.sh\ndocker build .\n");
    assert!(told(&[recursive, ("Dockerfile", "")]).len() == 1);
}

#[test]
fn a_pattern_in_braces_is_no_more_than_they_are() {
    let text = "#!/bin/bash\ncp {README.md,LICENSE-*} out/\ndocker build -t x .\n";
    assert_eq!(script(text, &["Dockerfile"]), ["`docker build`:3: Dockerfile in ., as x"]);
}
