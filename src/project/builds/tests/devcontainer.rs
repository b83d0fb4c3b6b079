use super::told;

#[test]
fn the_image_to_develop_in_is_built_from_the_folder_of_the_file() {
    let text = "// Java\n{\n\t\"build\": {\n\t\t\"dockerfile\": \"Dockerfile\", /* here */\n\t\t\"args\": { \"A\": \"1\", \"B\": \"${localEnv:B}\" },\n\t},\n}\n";
    assert_eq!(
        told(&[(".devcontainer/devcontainer.json", text)]),
        ["devcontainer:4: .devcontainer/Dockerfile in .devcontainer, A=1, B?, to develop in"]
    );
    let text = r#"{ "build": { "dockerfile": "../d/D", "context": "..", "target": "dev" } }"#;
    assert_eq!(
        told(&[(".devcontainer/devcontainer.json", text)]),
        ["devcontainer:1: d/D in ., target dev, to develop in"]
    );
    let old = r#"{ "dockerFile": "Dockerfile", "context": ".." }"#;
    assert_eq!(
        told(&[(".devcontainer/a/devcontainer.json", old)]),
        ["devcontainer:1: .devcontainer/a/Dockerfile in .devcontainer, to develop in"]
    );
    assert_eq!(told(&[(".devcontainer.json", r#"{ "image": "debian" }"#)]), [""; 0]);
    let unknown = r#"{ "build": { "dockerfile": "D", "context": "${localEnv:X}" } }"#;
    assert_eq!(
        told(&[(".devcontainer.json", unknown)]),
        ["? devcontainer:1: the context depends on `${localEnv:X}` (Dockerfile D), to develop in"]
    );
}

#[test]
fn a_service_of_compose_may_be_the_image_to_develop_in() {
    let json = r#"{ "dockerComposeFile": ["../compose.yaml", "gone.yaml"], "service": "app" }"#;
    let compose =
        "services:\n  app:\n    build: { context: app, target: dev }\n  db:\n    build: db\n";
    assert_eq!(
        told(&[(".devcontainer/devcontainer.json", json), ("compose.yaml", compose)]),
        ["devcontainer:1: app/Dockerfile in app, target dev, to develop in"]
    );
}

#[test]
fn what_is_no_json_is_told() {
    let told = told(&[(".devcontainer.json", "{\n  \"a\": [\n")]);
    assert!(told[0].starts_with("? devcontainer:2: column 8: "), "{told:?}");
}
