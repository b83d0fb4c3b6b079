//! Command lines, in the recipe of a Makefile, which has no more to it than a shell.

use super::told;

fn run(command: &str) -> Vec<String> {
    let text = format!("x:\n\t{command}\n");
    let told = told(&[("Makefile", &text), ("c/Containerfile", ""), ("d/sub/F", "")]);
    told.into_iter().map(|line| line.replace(" in target `x`", "").replace(":2", "")).collect()
}

#[test]
fn flags_in_all_their_spellings() {
    for flag in ["-f a/D", "-fa/D", "-f=a/D", "--file a/D", "--file=a/D", "--file 'a/D'"] {
        for line in [
            format!("docker build {flag} ."),
            format!("docker build . {flag}"),
            format!("docker build -q {flag} --no-cache -- ."),
        ] {
            assert_eq!(run(&line), ["`docker build`: a/D in ."], "{line}");
        }
    }
    assert_eq!(
        run(
            "docker build -t a -tb --tag=c --target run --build-arg A=1 --build-arg=B --build-arg \"C=$X\" --build-context lib=../lib --platform linux/a,linux/b ctx"
        ),
        [
            "`docker build`: ctx/Dockerfile in ctx, target run, A=1, B?, C?, context lib=../lib, as a, as b, as c, for linux/a, for linux/b"
        ]
    );
}

#[test]
fn the_programs_and_their_subcommands() {
    for program in [
        "docker build",
        "docker image build",
        "docker builder build",
        "docker --debug build",
        "docker -H tcp://x buildx build",
        "sudo -E docker buildx --builder b build",
        "DOCKER_BUILDKIT=1 docker build",
        "nerdctl -n k8s.io build",
        "podman build",
        "podman --log-level debug image build",
        "buildah bud",
        "buildah --isolation=chroot build",
        "/usr/bin/docker build",
    ] {
        let told = run(&format!("{program} -f D x"));
        assert_eq!(told.len(), 1, "{program}");
        assert!(told[0].ends_with(": D in x"), "{program}: {told:?}");
    }
    for other in [
        "docker run x build .",
        "docker compose build .",
        "docker buildx bake",
        "docker pull build",
        "docker ps",
        "docker build --help",
        "docker build",
        "echo docker build .",
        "docker-compose build .",
        "go build .",
    ] {
        assert_eq!(run(other), [""; 0], "{other}");
    }
}

#[test]
fn flags_with_and_without_values_leave_the_context_alone() {
    for flags in [
        "--pull --no-cache --rm",
        "--load --push",
        "--progress plain",
        "--provenance=false --sbom false",
        "--cache-from type=gha --cache-to type=gha",
        "--secret id=x -o type=local,dest=out",
        "--network host -m 1g",
        "--pull=true",
        "--unknown=x",
        "--unknown -q",
    ] {
        assert_eq!(
            run(&format!("docker build {flags} x")),
            ["`docker build`: x/Dockerfile in x"],
            "{flags}"
        );
    }
    assert_eq!(
        run("docker build --unknown x y"),
        ["? `docker build`: the flag `--unknown` is not known"]
    );
    assert_eq!(run("docker build -z x y"), ["? `docker build`: the flag `-z` is not known"]);
    assert_eq!(run("docker build x y"), ["? `docker build`: there is more than one context"]);
}

#[test]
fn standard_input() {
    assert_eq!(run("docker build - < a/D"), ["`docker build`: a/D in remote -"]);
    assert_eq!(run("docker build -f - . < a/D"), ["`docker build`: a/D in ."]);
    assert_eq!(
        run("cat D | docker build -f - x"),
        ["? `docker build`: its Dockerfile comes from standard input (context x)"]
    );
    assert_eq!(
        run("tar c . | docker build -"),
        ["? `docker build`: its context comes from standard input"]
    );
    assert_eq!(run("docker build https://github.com/a/b.git"), [""; 0]);
    assert_eq!(run("docker build -f D https://github.com/a/b.git#$$REF"), [""; 0]);
}

#[test]
fn podman_and_buildah_look_in_more_places() {
    assert_eq!(run("podman build c"), ["`podman build`: c/Containerfile in c"]);
    assert_eq!(run("nerdctl build c"), ["`nerdctl build`: c/Containerfile in c"]);
    assert_eq!(run("/kaniko/executor -c d -f sub/F"), ["`kaniko`: d/sub/F in d"]);
    assert_eq!(run("/kaniko/executor -c d"), ["`kaniko`: d/Dockerfile in d"]);
    assert_eq!(run("podman build"), ["`podman build`: Dockerfile in ."]);
    assert_eq!(run("buildah bud -f sub/F d"), ["`buildah bud`: d/sub/F in d"]);
    assert_eq!(run("docker build -f sub/F d"), ["`docker build`: sub/F in d"]);
    assert_eq!(run("podman build -f a -f b ."), ["? `podman build`: it joins several Dockerfiles"]);
}

#[test]
fn the_folder_follows_the_script() {
    let cases = [
        ("cd a && docker build .", "`docker build`: a/Dockerfile in a"),
        ("(cd a; true) && docker build .", "`docker build`: Dockerfile in ."),
        ("cd a/b; cd ..; docker build -f D ..", "`docker build`: a/D in ."),
        ("pushd a; popd; docker build .", "`docker build`: Dockerfile in ."),
        ("bash -c 'cd a && docker build .'", "`docker build`: a/Dockerfile in a"),
        ("if true; then docker build a; fi", "`docker build`: a/Dockerfile in a"),
        ("ID=$$(docker build -q a)", "`docker build`: a/Dockerfile in a"),
        ("cd $$X && docker build .", "? `docker build`: the folder of the command depends on `$X`"),
        (
            "if true; then cd a; fi; docker build .",
            "? `docker build`: the folder of the command depends on where the script is then",
        ),
        (
            "cd $$(git rev-parse --show-toplevel)/a; docker build .",
            "`docker build`: a/Dockerfile in a",
        ),
        ("docker build $$(pwd)/a", "`docker build`: a/Dockerfile in a"),
        ("docker build \"$$PWD\"", "`docker build`: Dockerfile in ."),
    ];
    for (line, expected) in cases {
        assert_eq!(run(line), [expected], "{line}");
    }
}

#[test]
fn variables_of_the_script() {
    let cases = [
        ("D=a; docker build $$D", "`docker build`: a/Dockerfile in a"),
        ("export D=a; docker build -f \"$${D}/x.$$D\" '.'", "`docker build`: a/x.a in ."),
        ("A='--target x -f y'; docker build $$A .", "`docker build`: y in ., target x"),
        (
            "docker build $$ARGS .",
            "? `docker build`: the command line depends on `$ARGS` (Dockerfile Dockerfile) (context .)",
        ),
        ("docker build $$ARGS", "? `docker build`: the command line depends on `$ARGS`"),
        ("docker build \"$$DIR\"", "? `docker build`: the context depends on `$DIR`"),
        ("docker build -t $$IMAGE:$$TAG .", "`docker build`: Dockerfile in ."),
        (
            "if x; then D=a; else D=b; fi; docker build \"$$D\"",
            "? `docker build`: the context depends on `$D`",
        ),
        ("docker build \"$${D:-x}\"", "`docker build`: x/Dockerfile in x"),
        (
            "if x; then D=a; fi; docker build \"$${D:-x}\"",
            "? `docker build`: the context depends on `${D:-x}`",
        ),
        (
            ". ./env; docker build \"$${D:-x}\"",
            "? `docker build`: the context depends on `${D:-x}`",
        ),
        (
            "docker build \"$$@\" .",
            "? `docker build`: the command line depends on `$@` (Dockerfile Dockerfile) (context .)",
        ),
        ("$$DOCKER build .", "? an image build: the program depends on `$DOCKER`"),
    ];
    for (line, expected) in cases {
        assert_eq!(run(line), [expected], "{line}");
    }
    assert_eq!(
        run("for d in a b; do docker build -t x/$$d $$d; done"),
        ["`docker build`: a/Dockerfile in a, as x/a", "`docker build`: b/Dockerfile in b, as x/b"]
    );
}
