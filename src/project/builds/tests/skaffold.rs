use super::told;

#[test]
fn artifacts_that_docker_or_kaniko_build() {
    let text = "apiVersion: skaffold/v4beta1\nbuild:\n  artifacts:\n    - image: me/web\n      context: web\n      docker:\n        dockerfile: docker/D\n        target: run\n        buildArgs: { A: x, B: '{{.B}}' }\n    - image: me/root\n    - image: me/jib\n      jib: {}\n    - image: me/k\n      context: k\n      kaniko: { dockerfile: F }\nprofiles:\n  - name: dev\n    build:\n      artifacts:\n        - image: me/dev\n          context: '{{.DIR}}'\n";
    assert_eq!(
        told(&[("s/skaffold.yaml", text)]),
        [
            "artifact `me/web`:4: s/web/docker/D in s/web, target run, A=x, B?, as me/web",
            "artifact `me/root`:10: s/Dockerfile in s, as me/root",
            "artifact `me/k`:13: s/k/F in s/k, as me/k",
            "? artifact `me/dev` in profile `dev`:20: the context depends on `{{.DIR}}`",
        ]
    );
}

#[test]
fn a_dockerfile_that_is_not_in_the_context_is_where_skaffold_runs() {
    let text = "build:\n  artifacts:\n    - image: a\n      context: web\n      docker: { dockerfile: docker/D }\n";
    assert_eq!(
        told(&[("skaffold.yaml", text), ("docker/D", "FROM x")]),
        ["artifact `a`:3: docker/D in web, as a"]
    );
}

#[test]
fn patches_of_profiles_that_have_a_say() {
    let text = "build:\n  artifacts:\n    - image: a\n      context: web\n    - image: b\nprofiles:\n  - name: dev\n    patches:\n      - { op: replace, path: /build/artifacts/0/docker/dockerfile, value: Dockerfile.dev }\n      - { op: add, path: /build/artifacts/0/docker/target, value: dev }\n      - { path: /build/artifacts/1/docker/buildArgs, value: { A: b } }\n      - { op: add, path: /build/artifacts/-, value: { image: c, context: c } }\n      - { op: add, path: /manifests/rawYaml/1, value: x }\n  - name: odd\n    patches:\n      - { op: remove, path: /build/artifacts/0/context }\n      - { op: remove, path: /build/artifacts/1 }\n      - { op: remove, path: /build/artifacts/1/sync }\n";
    assert_eq!(
        told(&[("skaffold.yaml", text)]),
        [
            "artifact `a`:3: web/Dockerfile in web, as a",
            "artifact `a` in profile `dev`:3: web/Dockerfile.dev in web, target dev, as a",
            "artifact `b`:5: Dockerfile in ., as b",
            "artifact `c` in profile `dev`:12: c/Dockerfile in c, as c",
            "? a patch in profile `odd`:16: it changes `/build/artifacts/0/context`",
        ]
    );
}

#[test]
fn files_that_are_required_and_images_of_other_artifacts() {
    let text = "requires:\n  - path: more/base.yaml\n  - path: other\n  - path: '{{.DIR}}'\n  - git: { repo: 'https://example.com/a' }\nbuild:\n  artifacts:\n    - image: app\n      requires: [{ image: base, alias: BASE }]\n";
    let base = "build:\n  artifacts:\n    - image: base\n      context: b\n";
    assert_eq!(
        told(&[("skaffold.yaml", text), ("more/base.yaml", base)]),
        [
            "artifact `base`:3: more/b/Dockerfile in more/b, as base",
            "? a file that it requires:4: its path depends on `{{.DIR}}`",
            "artifact `app`:8: Dockerfile in ., BASE=base, as app",
        ]
    );
}
