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
