//! `jettison context`, and what the rest of a repository says about a Dockerfile.

use crate::support::{Folder, MERGEABLE};

const COMPOSE: &str = "services:\n  api:\n    build:\n      context: .\n      dockerfile: api/Dockerfile\n      \
                       target: run\n    image: registry.example/api\n  web:\n    build: web\n  odd:\n    \
                       build: $DIR\n";

fn repository() -> Folder {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write("compose.yaml", COMPOSE);
    folder.write("api/Dockerfile", "FROM debian AS run\nRUN a\nRUN b\nFROM debian\nRUN c\n");
    folder.write("web/Dockerfile", "FROM node\nCOPY package.json .\nCOPY . .\n");
    folder.write("web/package.json", "{}\n");
    folder.write("web/node_modules/x/index.js", "x".repeat(1500));
    folder.write("web/.dockerignore", "node_modules\n**/*.log\n!keep.log\n");
    folder
}

#[test]
fn the_builds_of_each_dockerfile_are_told_with_file_and_line() {
    let ran = repository().run(["context"]);
    let expected = "api/Dockerfile
  context .
    compose.yaml:2: service `api`, target `run`, makes `registry.example/api`
web/Dockerfile
  context web
    compose.yaml:8: service `web`
    web/.dockerignore: 3 patterns
not clear, and perhaps builds of one of these:
  compose.yaml:10: service `odd`: the context depends on `$DIR`
";
    assert_eq!((ran.out.as_str(), ran.code), (expected, 0), "{}", ran.err);
}

#[test]
fn builds_without_a_dockerfile_are_told() {
    let folder = repository();
    folder.write(
        "docker-bake.hcl",
        "target \"gone\" {\n  dockerfile = \"docker/Dockerfile.gone\"\n}\n",
    );
    let out = folder.run(["context"]).out;
    let told = "builds whose Dockerfile is not there:\n  docker-bake.hcl:1: target `gone`: docker/Dockerfile.gone\nnot clear";
    assert!(out.contains(told), "{out}");
}

#[test]
fn flags_that_are_not_known_leave_the_context() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write("app/Dockerfile", "FROM debian AS a\nRUN a\nFROM debian\nRUN b\n");
    folder.write("Makefile", "a:\n\tdocker build $(FLAGS) -f app/Dockerfile -t x:$(TAG) .\n");
    let expected = "app/Dockerfile
  context .
    not clear: Makefile:2: `docker build` in target `a`: the command line depends on `$(FLAGS)`
";
    assert_eq!(folder.run(["context"]).out, expected);
}

#[test]
fn without_a_build_the_sources_tell_and_else_it_is_a_guess() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write("docker/app/Dockerfile", "FROM a\nCOPY go.mod cmd/*.go /x/\n");
    folder.write("docker/other/Dockerfile", "FROM a\nCOPY . .\n");
    folder.write("go.mod", "");
    folder.write("cmd/main.go", "");
    let out = folder.run(["context"]).out;
    assert!(out.contains("docker/app/Dockerfile\n  context .\n    the nearest folder"), "{out}");
    assert!(out.contains("context docker/other\n    a guess"), "{out}");
    let out = folder.run(["context", "--context", ".", "docker/other"]).out;
    assert!(out.contains("  context .\n    given with `--context`\n"), "{out}");
}

#[test]
fn where_everything_is_copied_the_commands_tell() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder
        .write("docker/py/Dockerfile", "FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install .\n");
    folder.write("setup.py", "");
    folder.write(
        "docker/web/Dockerfile",
        "FROM node\nWORKDIR /app\nCOPY . .\nRUN cd client && npm ci && npm run build\n",
    );
    folder.write("docker/web/package.json", "{}");
    folder.write(
        "docker/bound/Dockerfile",
        "FROM node\nRUN --mount=type=bind,source=client/package.json,target=package.json npm ci\nCOPY . .\n",
    );
    let told = |name: &str| {
        let out = folder.run(["context", &format!("docker/{name}/Dockerfile")]).out;
        out.lines().skip(1).map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("; ")
    };
    let needs = "context .; the nearest folder that has what its `RUN`s need:";
    assert_eq!(told("py"), format!("{needs} `setup.py`"));
    assert!(told("web").starts_with("context docker/web; a guess"), "{}", told("web"));
    folder.write("client/package.json", "{}");
    assert_eq!(told("web"), format!("{needs} `client/package.json`"));
    let named = "context .; the nearest folder that has everything that its `COPY`, `ADD` and bind mounts name";
    assert_eq!(told("bound"), named);
}

#[test]
fn what_would_be_sent_is_listed_with_sizes() {
    let folder = repository();
    folder.write("web/src/app.js", "x".repeat(2000));
    let out = folder.run(["context", "--list", "web/Dockerfile"]).out;
    let listed = "    sent: 4 files, 2.07 kB; excluded: 1 entry
      2.00 kB  src/  1 file
      2.00 kB  src/app.js
         39 B  Dockerfile
         32 B  .dockerignore
          3 B  package.json
";
    assert!(out.contains(listed), "{out}");
}

#[test]
fn the_pattern_that_decides_is_named() {
    let folder = repository();
    let why = |path: &str| {
        let out = folder.run(["context", "--why", path, "web/Dockerfile"]).out;
        out.lines().find(|line| line.starts_with("    `")).unwrap().trim().to_owned()
    };
    assert_eq!(
        why("node_modules/x/index.js"),
        "`node_modules/x/index.js` is excluded: web/.dockerignore:1: `node_modules`"
    );
    assert_eq!(
        why("keep.log"),
        "`keep.log` does not exist, and would be sent: web/.dockerignore:3: `!keep.log`"
    );
    assert_eq!(
        why("./src/..//package.json"),
        "`package.json` is sent: no pattern of web/.dockerignore matches"
    );
    for outside in ["../x", "/etc/passwd", "."] {
        let ran = folder.run(["context", "--why", outside, "web/Dockerfile"]);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains("build context"), "{}", ran.err);
    }
}

#[test]
fn a_pattern_is_shown_as_it_is_written() {
    let folder = repository();
    folder.write("web/.dockerignore", "  /src//*.js/  \n! ./src/a.js\n");
    let why = |path: &str| folder.run(["context", "--why", path, "web/Dockerfile"]).out;
    assert!(
        why("src/b.js").contains("web/.dockerignore:1: `/src//*.js/`\n"),
        "{}",
        why("src/b.js")
    );
    assert!(why("src/a.js").contains("web/.dockerignore:2: `! ./src/a.js`\n"));
}

#[test]
fn programs_get_the_same_as_json() {
    let folder = repository();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let ran = folder.run([&["context", "--format", "json"], arguments].concat());
        serde_json::from_str(&ran.out).unwrap()
    };
    let all = json(&[]);
    let api = &all["dockerfiles"][0];
    let build = &api["contexts"][0]["builds"][0];
    assert_eq!((&api["path"], &build["file"]), (&"api/Dockerfile".into(), &"compose.yaml".into()));
    assert_eq!((&build["line"], &build["target"]), (&2.into(), &"run".into()));
    let shipped: Vec<_> =
        api["stages"].as_array().unwrap().iter().map(|it| &it["shipped"]).collect();
    assert_eq!(shipped, ["yes", "yes"]);
    assert_eq!(all["unclear"][0]["line"], 10);
    let web = json(&["--list", "--why", "node_modules/x", "web/Dockerfile"]);
    let web = &web["dockerfiles"][0]["contexts"][0];
    let ignore = serde_json::json!({ "path": "web/.dockerignore", "patterns": 3 });
    assert_eq!((&web["folder"], &web["ignore_file"]), (&"web".into(), &ignore));
    let files: Vec<_> = web["files"].as_array().unwrap().iter().map(|it| &it["path"]).collect();
    assert_eq!(files, [".dockerignore", "Dockerfile", "package.json"]);
    assert_eq!(web["why"]["pattern"], "node_modules");
    assert_eq!((&web["why"]["sent"], &web["why"]["line"]), (&false.into(), &1.into()));
}

#[test]
fn what_cannot_be_read_is_one_error() {
    let folder = repository();
    let ran = folder.run(["context", "nothing-here"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("nothing-here: no such file"), "{}", ran.err);
    let ran = folder.run(["context", "--context", "nothing-here"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`--context nothing-here`: no such file"), "{}", ran.err);

    folder.write("api/Dockerfile", "FROM a\nRUNN b\n");
    let ran = folder.run(["context", "api", "web"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("api/Dockerfile:2"), "{}", ran.err);
    assert!(ran.out.starts_with("web/Dockerfile\n"), "{}", ran.out);

    folder.write("web/.dockerignore", "a\n[\n");
    let ran = folder.run(["context", "web"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("web/.dockerignore:2:1"), "{}", ran.err);
    assert!(ran.out.contains("context web"), "{}", ran.out);

    folder.write(
        "compose.yaml",
        "services:\n  a:\n    build: {context: gone, dockerfile: ../web/Dockerfile}\n",
    );
    let ran = folder.run(["context", "web"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("gone: the build context is no folder"), "{}", ran.err);
}

#[test]
fn a_stage_that_a_build_names_is_shipped() {
    let folder = repository();
    folder.run(["--fix"]);
    let merged = "FROM debian AS run\nRUN a \\\n    && b\nFROM debian\nRUN c\n";
    assert_eq!(folder.read("api/Dockerfile"), merged);

    let alone = repository();
    std::fs::remove_file(alone.file("compose.yaml")).unwrap();
    alone.run(["--fix"]);
    assert!(alone.read("api/Dockerfile").contains("RUN a\nRUN b\n"));
}

#[test]
fn one_file_and_standard_input_know_the_repository_too() {
    let folder = repository();
    let text = folder.read("api/Dockerfile");
    let ran = folder.run_with_input(text.as_bytes(), &["--stdin-filename", "api/Dockerfile"]);
    assert!(ran.out.contains("&& b"), "{}", ran.out);
    assert!(folder.run(["api/Dockerfile"]).out.contains("&& b"));
}

#[test]
fn an_image_keeps_the_lists_that_another_dockerfile_needs() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    let base = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n";
    folder.write("base/Dockerfile", base);
    folder.write("compose.yaml", "services:\n  base:\n    build: base\n    image: team/base:1\n");
    folder.write("app/Dockerfile", "FROM team/base:2\nRUN apt-get install -y git\n");
    folder.run(["--fix"]);
    assert_eq!(folder.read("base/Dockerfile"), base);
    let why = folder.run(["--why-not", "base"]).out;
    assert!(why.contains("`app/Dockerfile` is built on it: `apt-get install -y git`"), "{why}");

    folder.write("app/Dockerfile", "FROM team/base:2\nRUN apt-get update\n");
    folder.run(["--fix"]);
    assert!(folder.read("base/Dockerfile").contains("rm -rf /var/lib/apt/lists/*"));
}

/// Whether the base image keeps its lists in a repository of these files.
fn keeps_lists(describes: (&str, &str), child: &str) -> bool {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write(
        "base/Dockerfile",
        "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
    );
    folder.write(describes.0, describes.1);
    folder.write("app/Dockerfile", child);
    folder.run(["--fix", "--only", "clean-package-caches"]);
    !folder.read("base/Dockerfile").contains("rm -rf")
}

#[test]
fn an_image_whose_tag_is_not_known_may_be_the_parent() {
    let child = "FROM ghcr.io/team/base:1\nRUN apt-get install -y git\n";
    let compose = |image: &str| format!("services:\n  b:\n    build: base\n    image: {image}\n");
    for (image, keeps) in [
        ("ghcr.io/team/base:${TAG}", true),
        ("${REGISTRY}/base:1", true),
        ("${REGISTRY}/team/base${SUFFIX}", true),
        ("ghcr.io/team/other:${TAG}", false),
        ("${IMAGE}", false),
    ] {
        assert_eq!(keeps_lists(("compose.yaml", &compose(image)), child), keeps, "{image}");
    }
    let bake = "variable \"TAG\" {}\ntarget \"b\" {\n  context = \"base\"\n  tags = [\"ghcr.io/team/base:${TAG}\"]\n}\n";
    assert!(keeps_lists(("docker-bake.hcl", bake), child));
    let make = "b:\n\tdocker build -t ghcr.io/team/base:$(shell git describe) base\n";
    assert!(keeps_lists(("Makefile", make), child));
    let action = "jobs:\n  b:\n    steps:\n      - id: meta\n        uses: docker/metadata-action@v5\n        with:\n          images: |\n            name=ghcr.io/team/base,enable=true\n      - uses: docker/build-push-action@v6\n        with:\n          context: base\n          tags: ${{ steps.meta.outputs.tags }}\n";
    assert!(keeps_lists((".github/workflows/ci.yml", action), child));
    assert!(!keeps_lists(
        (".github/workflows/ci.yml", &action.replace("team/base,", "team/x,")),
        child
    ));
}

#[test]
fn a_dockerfile_inside_of_another_file_may_be_built_on_an_image() {
    let other = "FROM debian\n";
    let compose = |from: &str| {
        format!(
            "services:\n  base: {{build: base, image: team/base}}\n  a:\n    build:\n      dockerfile_inline: |\n        \
             FROM debian\n  b:\n    build:\n      args: {{ NAME: base }}\n      dockerfile_inline: |\n        \
             ARG NAME\n        FROM {from}\n        RUN apt-get install -y git\n"
        )
    };
    for (from, keeps) in [("team/base", true), ("team/$$NAME", true), ("team/other", false)] {
        assert_eq!(keeps_lists(("compose.yaml", &compose(from)), other), keeps, "{from}");
    }
    let bake = "target \"base\" {\n  context = \"base\"\n  tags = [\"team/base\"]\n}\ntarget \"a\" {\n  dockerfile-inline = <<EOT\nFROM team/base\nRUN apt-get install -y git\nEOT\n}\n";
    assert!(keeps_lists(("docker-bake.hcl", bake), other));
}

#[test]
fn a_devcontainer_is_a_build_and_keeps_its_user() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write(".devcontainer/Dockerfile", "FROM node:22\nCMD [\"node\", \"a.js\"]\n");
    let json =
        "{\n\t// where\n\t\"build\": { \"dockerfile\": \"Dockerfile\", \"context\": \"..\" },\n}\n";
    folder.write(".devcontainer/devcontainer.json", json);
    let out = folder.run(["context"]).out;
    let told = "  context .\n    .devcontainer/devcontainer.json:3: devcontainer\n";
    assert!(out.contains(told), "{out}");
    let out = folder.run(["--why-not", "--only", "add-user", ".devcontainer"]).out;
    assert!(
        out.contains("add-user declined (devcontainer): .devcontainer/devcontainer.json:3 makes"),
        "{out}"
    );
}

/// What `add-user` says of an image that a service of this Compose file builds and runs.
fn user_of_service(settings: &str) -> String {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"a.js\"]\n");
    folder.write("a.js", "require('http').createServer().listen(3000);\n");
    folder.write("compose.yaml", format!("services:\n  a:\n    build: .\n    {settings}\n"));
    folder.run(["--why-not", "--only", "add-user", "--unsafe"]).out
}

#[test]
fn what_a_service_runs_as_root_stays_so() {
    for (settings, how) in [
        ("user: root", "`user: root`"),
        ("user: '0:0'", "`user: 0:0`"),
        ("privileged: true", "`privileged: true`"),
        ("cap_add: [NET_ADMIN]", "the capability `NET_ADMIN`"),
        ("devices: ['/dev/ttyUSB0:/dev/ttyUSB0']", "the device `/dev/ttyUSB0`"),
        ("volumes: ['/var/run/docker.sock:/var/run/docker.sock']", "the socket of Docker"),
    ] {
        let out = user_of_service(settings);
        let told = format!("declined (run-as-root): compose.yaml:2 runs it with {how}, as root");
        assert!(out.contains(&told), "{settings}: {out}");
    }
    for settings in ["user: '1000'", "privileged: false", "cap_drop: [ALL]", "cap_add: []"] {
        let out = user_of_service(settings);
        assert!(out.contains("+USER 1000\n"), "{settings}: {out}");
    }
}

#[test]
fn a_service_to_develop_in_stays_as_it_is() {
    let watch = "develop: { watch: [{ action: sync+restart, path: ., target: /app }] }";
    let told = "declined (synced): compose.yaml:2 copies files to `/app` while it runs";
    assert!(user_of_service(watch).contains(told));
    let told = "declined (development): compose.yaml:2 has a command of its own: `npm run dev` is a \
                development server";
    for command in ["npm run dev", "[npm, run, dev]", "[sh, -c, 'npm run dev']"] {
        let out = user_of_service(&format!("command: {command}"));
        assert!(out.contains(told), "{command}: {out}");
    }
    let rebuilt = "develop: { watch: [{ action: rebuild, path: . }] }";
    let other = format!("user: '1000'\n    {watch}");
    for settings in [rebuilt, &other, "command: node other.js"] {
        let out = user_of_service(settings);
        assert!(out.contains("+USER 1000\n"), "{settings}: {out}");
    }
}

#[test]
fn who_runs_as_another_already_is_not_said_to_be_root() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write("Dockerfile", "FROM node:22\nUSER node\nCMD [\"node\", \"a.js\"]\n");
    folder.write("compose.yaml", "services:\n  a:\n    build: .\n    cap_add: [NET_ADMIN]\n");
    let out = folder.run(["--why-not", "--only", "add-user", "--unsafe"]).out;
    assert!(out.contains("declined (has-user): it runs as `node` already"), "{out}");
}

#[test]
fn a_low_port_of_a_service_is_left_to_root() {
    let told =
        "declined (low-port): compose.yaml:2 says that it listens on port 80, as only root may";
    for ports in ["['8080:80']", "[{target: 80, published: 8080}]"] {
        let out = user_of_service(&format!("ports: {ports}"));
        assert!(out.contains(told), "{ports}: {out}");
    }
    let out = user_of_service("ports: ['80:3000']");
    assert!(out.contains("+USER 1000\n"), "{out}");
}

#[test]
fn a_volume_of_a_service_is_given_to_the_user() {
    let given = "+RUN mkdir -p /store && chown node:node /store\n";
    for mount in ["[store:/store]", "[/store]", "['store:/store:rw']"] {
        let out = user_of_service(&format!("volumes: {mount}"));
        assert!(out.contains(given), "{mount}: {out}");
    }
    let long = "volumes: [{type: volume, source: store, target: /store}]";
    assert!(user_of_service(long).contains(given));
    for mount in ["[./store:/store]", "['store:/store:ro']", "[/app/node_modules]"] {
        let out = user_of_service(&format!("volumes: {mount}"));
        assert!(out.contains("+USER 1000\n") && !out.contains("chown node"), "{mount}: {out}");
    }
}

#[test]
fn a_submodule_is_part_of_the_repository_around_it() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    let modules = "[submodule \"a\"]\n\tpath = a\n[submodule \"b\"]\n\tpath = b\n";
    folder.write(".gitmodules", modules);
    folder.write(
        "compose.yaml",
        "services:\n  a: {build: {context: a, target: t}}\n  b: {build: b}\n",
    );
    folder.write("a/.git", "gitdir: ../.git/modules/a\n");
    folder.write("a/Dockerfile", "FROM a AS t\nRUN a\nRUN b\nFROM c\nCOPY . .\n");
    folder.write("a/.gitignore", "*.log\n");
    for arguments in [&["context"][..], &["context", "a"], &["context", "a/Dockerfile"]] {
        let out = folder.run(arguments).out;
        assert!(
            out.contains("  context a\n    compose.yaml:2: service `a`, target `t`\n"),
            "{out}"
        );
        let missing =
            "compose.yaml:3: service `b`: b/Dockerfile (the submodule `b` is not checked out)";
        assert!(out.contains(missing), "{out}");
    }
    assert!(folder.run(["a/Dockerfile"]).out.contains("&& b"));
    folder.write("Dockerfile", "FROM a\nCOPY . .\n");
    let arguments = ["--only=write-dockerignore", "--context=.", "--why-not", "Dockerfile"];
    let out = folder.run(arguments).out;
    assert!(out.contains("declined (submodule-missing): the submodule `b` is not"), "{out}");
}

#[test]
fn bases_that_only_the_build_knows_are_followed() {
    let install = "RUN apt-get install -y git\n";
    let compose = |more: &str| {
        format!(
            "name: shop\nservices:\n  base:\n    build: base\n  app:\n    build:\n      context: app\n      {more}\n"
        )
    };
    let from = |line: &str| format!("{line}\n{install}");
    let argument = from("ARG BASE=debian\nFROM $BASE");
    for (more, child, keeps) in [
        ("args: { BASE: shop-base }", &argument, true),
        ("args: { BASE: other }", &argument, false),
        ("args: { OTHER: shop-base }", &argument, false),
        ("target: x", &from("FROM shop-base"), true),
        ("additional_contexts: { mine: 'service:base' }", &from("FROM mine"), true),
        ("additional_contexts: { mine: 'docker-image://shop-base' }", &from("FROM mine"), true),
        ("additional_contexts: { mine: 'service:app' }", &from("FROM mine"), false),
        ("additional_contexts: { mine: ./base }", &from("FROM mine"), false),
    ] {
        assert_eq!(keeps_lists(("compose.yaml", &compose(more)), child), keeps, "{more}");
    }
    let bake = "target \"base\" { context = \"base\" }\ntarget \"app\" {\n  context = \"app\"\n  contexts = { mine = \"target:base\" }\n}\n";
    assert!(keeps_lists(("docker-bake.hcl", bake), &from("FROM mine")));
    let over = from("FROM debian AS mine\nRUN apt-get update\nFROM mine");
    assert!(keeps_lists(("docker-bake.hcl", bake), &over));
    assert!(!keeps_lists(("docker-bake.hcl", &bake.replace("mine", "other")), &over));
    let copies = "FROM debian\nCOPY --from=mine /var/lib/apt/lists /lists\n";
    assert!(keeps_lists(("docker-bake.hcl", bake), copies));
    assert!(!keeps_lists(
        ("docker-bake.hcl", bake),
        "FROM debian\nCOPY --from=mine /usr/bin/curl /\n"
    ));
}

#[test]
fn of_an_unknown_target_any_stage_may_be_the_parent() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    let base =
        "FROM debian:12 AS base\nRUN apt-get update && apt-get install -y curl\nFROM debian\n";
    folder.write("Dockerfile", base);
    let compose = |more: &str| {
        format!(
            "services:\n  b:\n    build: {{ context: ., target: \"${{STAGE}}\" }}\n    image: team/base\n  c:\n    build: {{ context: ., target: base }}\n{more}"
        )
    };
    folder.write("compose.yaml", compose(""));
    folder.write("app/Dockerfile", "FROM team/base\nRUN apt-get install -y git\n");
    folder.run(["--fix", "--only", "clean-package-caches", "Dockerfile"]);
    assert_eq!(folder.read("Dockerfile"), base);
    folder.write(".env", "STAGE=\n");
    folder.run(["--fix", "--only", "clean-package-caches", "Dockerfile"]);
    assert_ne!(folder.read("Dockerfile"), base);
}

#[cfg(unix)]
#[test]
fn links_to_a_dockerfile_and_its_context_are_the_same_build() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.write("real/app/Dockerfile", "FROM debian AS dev\nRUN a\nRUN b\nFROM debian\n");
    std::os::unix::fs::symlink("real/app", folder.file("app")).unwrap();
    std::os::unix::fs::symlink("real/app/Dockerfile", folder.file("Dockerfile")).unwrap();
    for build in ["{context: app, target: dev}", "{context: ., target: dev}"] {
        folder.write("compose.yaml", format!("services:\n  a:\n    build: {build}\n"));
        let diff = folder.run(["--diff", "real/app/Dockerfile"]).out;
        assert!(diff.contains("+    && b"), "{build}: {diff}");
    }
    let out = folder.run(["context", "Dockerfile"]).out;
    assert!(out.contains("context .\n    compose.yaml:2: service `a`, target `dev`"), "{out}");
}

#[test]
fn an_image_called_as_its_base_is_not_built_on_itself() {
    let folder = Folder::with("FROM debian:12\nRUN apt-get update\nRUN apt-get install -y git\n");
    folder.write("compose.yaml", "services:\n  a:\n    build: .\n    image: debian\n");
    folder.run(["--fix", "--only", "clean-package-caches"]);
    let out = folder.run(["--why-not", "--only", "clean-package-caches"]).out;
    assert!(!out.contains("is built on it"), "{out}");
}

#[test]
fn a_broken_project_file_stops_nothing() {
    let folder = Folder::with(MERGEABLE);
    folder.write("compose.yaml", "services:\n  a: [\n");
    assert!(folder.run(["--check"]).code == 1);
    let ran = folder.run(["context"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("not clear, and perhaps builds"), "{}", ran.out);
    assert!(ran.out.contains("compose.yaml:"), "{}", ran.out);
}

#[test]
fn an_entry_script_is_read_from_the_context_that_the_commands_tell() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    let script = "#!/bin/sh\nexec node server.js\n";
    let dockerfile = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n\
                      ENTRYPOINT [\"/app/start.sh\"]\n";
    folder.write("docker/Dockerfile", dockerfile);
    folder.write("package.json", "{}");
    folder.write("start.sh", script);
    folder.write("docker/start.sh", "#!/bin/sh\nexec apt-get update\n");
    let agreed = ["--unsafe", "--only=add-user", "--why-not", "docker/Dockerfile"];
    let ran = folder.run(agreed.iter());
    assert!(ran.out.contains("+USER 1000\n"), "{}{}", ran.out, ran.err);
}
