use super::told;

fn bake(text: &str) -> Vec<String> {
    told(&[("docker-bake.hcl", text)])
}

#[test]
fn context_and_dockerfile_have_defaults() {
    let text = "group \"default\" {\n  targets = [\"app\", \"db\"]\n}\ntarget \"app\" {}\ntarget \"db\" {\n  context = \"./db\"\n  dockerfile = \"../x.Dockerfile\"\n  target = \"run\"\n  tags = [\"me/db\"]\n  platforms = [\"linux/amd64\"]\n}\n";
    assert_eq!(
        bake(text),
        [
            "target `app`:4: Dockerfile in .",
            "target `db`:5: x.Dockerfile in db, target run, as me/db, for linux/amd64"
        ]
    );
}

#[test]
fn inheritance_merges_arguments_and_replaces_the_rest() {
    let text = "target \"_common\" {\n  context = \"src\"\n  args = { A = 1, B = \"x\" }\n  tags = [\"common\"]\n}\ntarget \"other\" {\n  args = { A = 2 }\n}\ntarget \"app\" {\n  inherits = [\"_common\", \"other\"]\n  args = { B = null, C = true }\n  tags = [\"app\"]\n  contexts = { base = \"target:other\" }\n}\n";
    assert_eq!(
        bake(text),
        [
            "target `app`:9: src/Dockerfile in src, A=2, B=x, C=true, context base=target:other, as app"
        ]
    );
    let text = "group \"default\" { targets = [\"a\", \"b\"] }\ntarget \"a\" {}\ntarget \"b\" {\n  inherits = [\"a\"]\n  target = \"b\"\n}\n";
    assert_eq!(
        bake(text),
        ["target `a`:2: Dockerfile in .", "target `b`:3: Dockerfile in ., target b"]
    );
}

#[test]
fn variables_functions_and_conditions() {
    let text = "variable \"DIR\" { default = \"app\" }\nvariable \"TAG\" {}\nname = \"${DIR}-x\"\nfunction \"tag\" {\n  params = [n]\n  result = [\"me/${n}:1\", \"me/${n}:${TAG}\"]\n}\ntarget \"a\" {\n  context = \"./${DIR}\"\n  dockerfile = equal(DIR, \"app\") ? \"A\" : \"B\"\n  target = DIR == \"x\" ? \"x\" : \"\"\n  tags = tag(name)\n  args = { T = TAG, U = upper(DIR), V = timestamp() }\n}\n";
    assert_eq!(
        bake(text),
        ["target `a`:8: app/A in app, T?, U=APP, V?, as me/app-x:1, perhaps as me/app-x:*"]
    );
}

#[test]
fn what_depends_on_the_unknown_is_unclear() {
    let text = "variable \"D\" {}\ntarget \"a\" { context = D }\ntarget \"b\" { dockerfile = basename(\"x\") }\ntarget \"c\" { target = \"${D}-x\" }\ntarget \"d\" { inherits = [\"no\"] }\n";
    assert_eq!(
        bake(text),
        [
            "? target `a`:2: the context depends on `$D`",
            "? target `b`:3: the Dockerfile depends on the function `basename` (context .)",
            "? target `c`:4: the target depends on `$D` (Dockerfile Dockerfile) (context .)",
            "? target `d`:5: what it inherits depends on the target `no`",
        ]
    );
}

#[test]
fn a_matrix_is_a_target_for_each_value() {
    let text = "target \"app\" {\n  name = \"app-${item.name}\"\n  matrix = { item = [{ name = \"a\", dir = \"x\" }, { name = \"b\", dir = \"y\" }] }\n  context = item.dir\n  tags = [\"me/${item[\"name\"]}\"]\n}\n";
    assert_eq!(
        bake(text),
        [
            "target `app-a`:1: x/Dockerfile in x, as me/a",
            "target `app-b`:1: y/Dockerfile in y, as me/b"
        ]
    );
}

#[test]
fn inline_dockerfiles_and_remote_contexts_are_left_alone() {
    let text = "target \"a\" {\n  dockerfile-inline = <<EOT\nFROM alpine\nEOT\n  context = \"x\"\n}\ntarget \"b\" {\n  context = \"https://github.com/a/b.git\"\n}\n";
    assert_eq!(
        bake(text),
        ["? target `a`:1: its Dockerfile is written in the Bake file (context x)"]
    );
}

#[test]
fn json_says_the_same() {
    let text = "{\n\t\"variable\": {\"D\": {\"default\": \"app\"}},\n\t\"group\": {\"default\": {\"targets\": [\"a\"]}},\n\t\"target\": {\n\t\t\"a\": {\n\t\t\t\"context\": \"${D}\",\n\t\t\t\"args\": {\"N\": 1, \"B\": null},\n\t\t\t\"tags\": [\"x\"]\n\t\t}\n\t}\n}\n";
    assert_eq!(
        told(&[("docker-bake.json", text)]),
        ["target `a`:5: app/Dockerfile in app, N=1, as x"]
    );
}

#[test]
fn an_override_is_put_over_the_main_file() {
    let base = "variable \"D\" { default = \"d\" }\ntarget \"a\" {\n  context = D\n  tags = [\"a\"]\n}\ntarget \"b\" {}\n";
    let over = "target \"a\" {\n  target = \"dev\"\n}\nvariable \"D\" { default = \"e\" }\n";
    assert_eq!(
        told(&[("docker-bake.override.hcl", over), ("docker-bake.hcl", base)]),
        ["target `a`:1: e/Dockerfile in e, target dev, as a"]
    );
}

#[test]
fn a_target_that_others_inherit_from_is_built_if_it_says_what() {
    let text = "target \"meta\" {\n  tags = [\"x\"]\n}\ntarget \"image\" {\n  inherits = [\"meta\"]\n  target = \"image\"\n}\ntarget \"all\" {\n  inherits = [\"image\"]\n  platforms = [\"a\"]\n}\n";
    assert_eq!(
        bake(text),
        [
            "target `image`:4: Dockerfile in ., target image, as x",
            "target `all`:8: Dockerfile in ., target image, as x, for a"
        ]
    );
}

#[test]
fn a_file_that_is_read_in_a_folder_above_its_own() {
    let text = "target \"app\" {\n  dockerfile = \"docker/Dockerfile\"\n  target = \"app\"\n}\n";
    let with = |more: &[(&str, &str)]| {
        let files: Vec<_> =
            [("docker/docker-bake.hcl", text)].iter().chain(more).copied().collect();
        super::told(&files)
    };
    let above = ["target `app`:1: docker/Dockerfile in ., target app"];
    let own = ["target `app`:1: docker/docker/Dockerfile in docker, target app"];
    assert_eq!(with(&[("docker/Dockerfile", "FROM a\n")]), above);
    assert_eq!(with(&[]), own);
    assert_eq!(with(&[("docker/Dockerfile", ""), ("docker/docker/Dockerfile", "")]), own);
}
