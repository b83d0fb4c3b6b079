use super::told;

fn compose(text: &str) -> Vec<String> {
    told(&[("a/compose.yaml", text)])
}

#[test]
fn the_short_form_is_a_context() {
    let text =
        "services:\n  web:\n    build: ./web\n  db:\n    image: postgres\n  root: { build: . }\n";
    assert_eq!(
        compose(text),
        ["service `web`:2: a/web/Dockerfile in a/web", "service `root`:6: a/Dockerfile in a"]
    );
}

#[test]
fn the_dockerfile_is_relative_to_the_context() {
    let text = "services:\n  web:\n    image: me/web:1\n    build:\n      context: ..\n      dockerfile: docker/web.Dockerfile\n      target: prod\n      tags: [me/web:2]\n      platforms: [linux/arm64]\n";
    assert_eq!(
        compose(text),
        [
            "service `web`:2: docker/web.Dockerfile in ., target prod, as me/web:1, as me/web:2, for linux/arm64"
        ]
    );
    let text = "services:\n  web:\n    build:\n      dockerfile: ../Dockerfile\n";
    assert_eq!(compose(text), ["service `web`:2: Dockerfile in a"]);
    let text = "services:\n  web:\n    build: { context: b, dockerfile: /p/c/Dockerfile }\n";
    assert_eq!(compose(text), ["service `web`:2: c/Dockerfile in a/b"]);
}

#[test]
fn arguments_and_contexts_are_lists_or_mappings() {
    let text = "services:\n  web:\n    build:\n      args:\n        - A=1\n        - B\n        - C=x=y\n      additional_contexts:\n        - base=docker-image://alpine\n";
    assert_eq!(
        compose(text),
        ["service `web`:2: a/Dockerfile in a, A=1, B?, C=x=y, context base=docker-image://alpine"]
    );
    let text = "services:\n  web:\n    build:\n      args:\n        A: 1\n        B:\n        C: 1.10\n        D: '1.10'\n        E: true\n        F: 3.14\n      additional_contexts:\n        lib: ../lib\n        s: service:db\n";
    assert_eq!(
        compose(text),
        [
            "service `web`:2: a/Dockerfile in a, A=1, B?, C?, D=1.10, E=true, F=3.14, context lib=../lib, context s=service:db"
        ]
    );
}

#[test]
fn a_dockerfile_inside_is_left_alone_and_uses_its_context() {
    let text = "services:\n  web:\n    build:\n      context: b\n      dockerfile_inline: |\n        FROM alpine\n";
    assert_eq!(
        compose(text),
        ["? service `web`:2: its Dockerfile is written in the Compose file (context a/b)"]
    );
}

#[test]
fn a_remote_context_brings_its_own_dockerfile() {
    for context in
        ["https://github.com/a/b.git#main:sub", "git@github.com:a/b.git", "github.com/a/b"]
    {
        assert_eq!(
            compose(&format!("services:\n  web:\n    build: {context}\n")),
            [""; 0],
            "{context}"
        );
    }
}

#[test]
fn anchors_and_merge_keys() {
    let text = "x-build: &build\n  context: .\n  target: base\nservices:\n  web:\n    build:\n      <<: *build\n      target: web\n  job:\n    build: *build\n";
    assert_eq!(
        compose(text),
        [
            "service `web`:5: a/Dockerfile in a, target web",
            "service `job`:9: a/Dockerfile in a, target base"
        ]
    );
}

#[test]
fn a_service_that_extends_another_one() {
    let text = "services:\n  base:\n    image: base\n    build:\n      context: b\n      args: { A: 1, B: 1 }\n  web:\n    extends: base\n    image: web\n    build:\n      target: web\n      args: { B: 2 }\n  job:\n    extends:\n      service: base\n";
    assert_eq!(
        compose(text),
        [
            "service `base`:2: a/b/Dockerfile in a/b, A=1, B=1, as base",
            "service `web`:7: a/b/Dockerfile in a/b, target web, A=1, B=2, as web",
            "service `job`:13: a/b/Dockerfile in a/b, A=1, B=1, as base",
        ]
    );
}

#[test]
fn a_service_that_extends_one_of_another_file() {
    let files = [
        (
            "compose.yaml",
            "services:\n  web:\n    extends: { file: lib/common.yml, service: base }\n    build: { target: web }\n",
        ),
        ("lib/common.yml", "services:\n  base:\n    build: { context: app }\n"),
    ];
    assert_eq!(told(&files), ["service `web`:2: lib/app/Dockerfile in lib/app, target web"]);
}

#[test]
fn an_override_is_put_over_the_main_file() {
    let base = "services:\n  web:\n    build: ./web\n    image: web\n  db:\n    build: ./db\n";
    let over = "services:\n  web:\n    build:\n      target: dev\n  db:\n    ports: ['8081:8080']\n  new:\n    build: new\n";
    let told_of = |name| told(&[(name, over), ("docker-compose.yml", base)]);
    for name in ["docker-compose.override.yml", "compose.dev.yaml", "docker-compose-test.yml"] {
        assert_eq!(
            told_of(name),
            [
                "service `web`:2: web/Dockerfile in web, target dev, as web",
                "service `new`:7: new/Dockerfile in new"
            ],
            "{name}"
        );
    }
}

#[test]
fn reset_and_override_tags() {
    let base = "services:\n  web:\n    build: { context: web, target: prod, args: { A: 1 } }\n";
    let with = |over: &str| {
        let over = format!("services:\n  web:\n    build: {over}\n");
        told(&[("compose.dev.yml", &over), ("compose.yml", base)])
    };
    assert_eq!(with("!reset null"), [""; 0]);
    assert_eq!(with("!override { context: b }"), ["service `web`:2: b/Dockerfile in b"]);
    assert_eq!(with("{ target: !reset null }"), ["service `web`:2: web/Dockerfile in web, A=1"]);
    assert_eq!(
        with("{ args: !override { B: 2 } }"),
        ["service `web`:2: web/Dockerfile in web, target prod, B=2"]
    );
}

#[test]
fn variables_have_values_from_the_environment_file_and_defaults() {
    let text = "services:\n  web:\n    image: ${REGISTRY:-me}/web:${TAG}\n    build:\n      context: ${DIR}\n      dockerfile: ${FILE:-Dockerfile}.dev\n      args:\n        A: ${NOT}\n        B: $$x\n        TAG:\n";
    assert_eq!(
        told(&[("compose.yaml", text), (".env", "DIR=./web\nTAG=1\n")]),
        ["service `web`:2: web/Dockerfile.dev in web, A?, B=$x, TAG=1, as me/web:1"]
    );
    assert_eq!(
        told(&[("compose.yaml", text)]),
        ["? service `web`:2: the context depends on `$DIR`, perhaps as me/web:*"]
    );
    let text = "services:\n  web:\n    build: { context: ., dockerfile: $FILE }\n  job:\n    build: { context: ., target: '${T:?set it}' }\n";
    assert_eq!(
        told(&[("compose.yaml", text)]),
        [
            "? service `web`:2: the Dockerfile depends on `$FILE` (context .)",
            "? service `job`:4: the target depends on `$T` (Dockerfile Dockerfile) (context .)",
        ]
    );
}

#[test]
fn files_that_are_included() {
    let files = [
        (
            "compose.yaml",
            "include:\n  - infra/services.yaml\n  - path: compose.other.yaml\nservices: {}\n",
        ),
        ("infra/services.yaml", "services:\n  db:\n    build: db\n"),
        ("compose.other.yaml", "services:\n  x:\n    build: x\n"),
    ];
    assert_eq!(told(&files), ["service `db`:2: infra/db/Dockerfile in infra/db"]);
    let main = "include:\n  - path: infra/compose.yaml\n    project_directory: .\n  - path: infra/services.yaml\n    project_directory: ${NOWHERE}\n";
    let more = ("infra/compose.yaml", "services:\n  e:\n    build: { dockerfile: E }\n");
    let files = [("compose.yaml", main), files[1], more];
    assert_eq!(told(&files), ["service `e`:2: E in ."]);
}

#[test]
fn what_is_included_has_names_of_the_project_that_includes_it() {
    let main = "name: Shop\ninclude: [infra/compose.yaml, infra/more.yaml]\n";
    let infra = "services:\n  db:\n    build: db\n  web:\n    build: web\n    image: me/web\n";
    let more = "services:\n  x:\n    build: x\n";
    let files = [("compose.yaml", main), ("infra/compose.yaml", infra), ("infra/more.yaml", more)];
    let found = super::found(&files);
    let names: Vec<_> = found.builds.iter().map(|it| (&*it.place.what, &*it.names[0])).collect();
    assert_eq!(names, [("service `db`", "shop-db"), ("service `x`", "shop-x")]);
    let alone = [files[1], ("infra/.env", "")];
    assert_eq!(super::found(&alone).builds[0].names[0], "infra-db");
    let named = [files[1], ("infra/.env", "COMPOSE_PROJECT_NAME=own\n")];
    assert_eq!(super::found(&named).builds[0].names[0], "own-db");
}

#[test]
fn a_file_below_the_one_that_it_is_put_over() {
    let text = "services:\n  a:\n    build: { context: app, dockerfile: D }\n  b:\n    build: .\n";
    let told_with = |files: &[&str]| {
        let others = files.iter().map(|path| (*path, "FROM x"));
        told(&[("docker/dev/compose.dev.yml", text)].into_iter().chain(others).collect::<Vec<_>>())
    };
    let b = "service `b`:4: docker/dev/Dockerfile in docker/dev";
    let own = "service `a`:2: docker/dev/app/D in docker/dev/app";
    assert_eq!(told_with(&["app/D", "Dockerfile"]), ["service `a`:2: app/D in app", b]);
    assert_eq!(told_with(&["app/D", "docker/dev/app/D"]), [own, b]);
    assert_eq!(told_with(&["app/D", "docker/app/D"]), [own, b]);
    assert_eq!(told_with(&[]), [own, b]);
}

#[test]
fn how_a_service_is_run() {
    let base = "services:\n  web:\n    build: .\n    user: root\n    volumes: [data:/data]\n";
    let told_with = |over: &str| {
        let over = format!("services:\n  web:\n    {over}\n");
        told(&[("compose.override.yaml", &over), ("compose.yaml", base), (".env", "WHO=0\n")])
    };
    let with = |rest: &str| [format!("service `web`:2: Dockerfile in .{rest}")];
    let volume = ", a volume at /data";
    assert_eq!(told_with("user: '1000'"), with(volume));
    assert_eq!(told_with("user: ${WHO}:0"), with(&format!(", as root with `user: 0:0`{volume}")));
    assert_eq!(
        told_with("privileged: true"),
        with(&format!(", as root with `user: root`{volume}"))
    );
    let volumes = "user: a\n    volumes: [more:/more]";
    assert_eq!(told_with(volumes), with(&format!("{volume}, a volume at /more")));
    assert_eq!(
        told_with("ports: ['8080:80']"),
        with(&format!(", as root with `user: root`{volume}, at port 80"))
    );
    for mount in
        ["'./src:/app/src'", "'~/x:/app/src:ro'", "{type: bind, source: ., target: /app/src}"]
    {
        let all = format!("{volume}, the host at /app/src");
        assert_eq!(told_with(&format!("user: a\n    volumes: [{mount}]")), with(&all));
    }
    for (ports, low) in [
        ("[80]", "80"),
        ("['127.0.0.1:8080:443/tcp']", "443"),
        ("['8080-8081:80-81']", "80"),
        ("[{target: 80, published: 8080}]", "80"),
    ] {
        let all = format!("{volume}, at port {low}");
        assert_eq!(told_with(&format!("user: a\n    ports: {ports}")), with(&all));
    }
    let watch = "develop: { watch: [{ action: sync, path: ., target: /app }] }";
    assert_eq!(
        told_with(watch),
        with(&format!(", as root with `user: root`{volume}, files copied to /app"))
    );
    assert_eq!(
        told_with("command: flask run"),
        with(&format!(", as root with `user: root`{volume}, command flask run"))
    );
    for (check, health) in [
        ("{test: curl -f $$HOST || exit 1}", ", health CMD-SHELL curl -f $HOST || exit 1"),
        ("{test: [CMD, wget, -q, 'http://localhost']}", ", health CMD wget -q http://localhost"),
        ("{test: [NONE]}", ""),
        ("{disable: true, test: [CMD, curl]}", ""),
    ] {
        let all = format!("{volume}{health}");
        assert_eq!(told_with(&format!("user: a\n    healthcheck: {check}")), with(&all));
    }
    assert_eq!(told_with(&format!("user: a\n    command: b\n    {watch}")), with(volume));
    assert_eq!(told_with("user: a\n    cap_add: [NET_ADMIN]"), with(volume));
    assert_eq!(told_with("user: a\n    ports: ['80:8080', '8080:$PORT', '']"), with(volume));
    assert!(told_with("environment: [A=b]").is_empty());
}
