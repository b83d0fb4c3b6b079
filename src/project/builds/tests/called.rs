use super::told;

const CALLED: &str = "on:\n  workflow_call:\n    inputs:\n      image: { type: string }\n      folder: { default: images }\njobs:\n  build:\n    steps:\n      - run: docker build -t acme/${{ inputs.image }} ${{ inputs.folder }}/${{ inputs.image }}\n";

#[test]
fn a_called_workflow_gets_what_its_caller_gives() {
    let caller = "jobs:\n  a:\n    strategy:\n      matrix:\n        image: [x, y]\n    uses: ./.github/workflows/build.yml\n    with:\n      image: ${{ matrix.image }}\n  b:\n    uses: ./.github/workflows/build.yml\n    with: { image: z, folder: other }\n  c:\n    uses: acme/other/.github/workflows/build.yml@v1\n";
    let files = [(".github/workflows/ci.yml", caller), (".github/workflows/build.yml", CALLED)];
    assert_eq!(
        told(&files),
        [
            "`docker build` in job `build`:9: images/x/Dockerfile in images/x, as acme/x",
            "`docker build` in job `build`:9: images/y/Dockerfile in images/y, as acme/y",
            "`docker build` in job `build`:9: other/z/Dockerfile in other/z, as acme/z",
        ]
    );
    let itself = "jobs:\n  a:\n    uses: ./.github/workflows/ci.yml\n";
    assert_eq!(told(&[(".github/workflows/ci.yml", itself)]), [""; 0]);
}

#[test]
fn an_action_in_a_container_is_built_in_its_folder() {
    let action = "name: a\nruns:\n  using: docker\n  image: ../docker/Dockerfile\n";
    let told = |text: &str| told(&[("actions/a/action.yml", text)]);
    assert_eq!(told(action), ["an action:4: actions/docker/Dockerfile in actions/a"]);
    assert_eq!(
        told(&action.replace("../docker/", "")),
        ["an action:4: actions/a/Dockerfile in actions/a"]
    );
    assert_eq!(told(&action.replace("../docker/", "docker://")), [""; 0]);
    assert_eq!(told(&action.replace("docker\n", "node20\n")), [""; 0]);
}

#[test]
fn operators_choose_among_what_is_known() {
    let with = |expression: &str| {
        let called = CALLED.replace("${{ inputs.folder }}/", &format!("{expression}/"));
        let caller = "jobs:\n  b:\n    uses: ./.github/workflows/build.yml\n    with: { image: z, folder: f }\n";
        let told =
            told(&[(".github/workflows/ci.yml", caller), (".github/workflows/build.yml", &called)]);
        told[0].split("9: ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    };
    for (expression, expected) in [
        ("${{ inputs.folder != 'default' && inputs.folder || 'x' }}", "f/z/Dockerfile"),
        ("${{ inputs.folder == 'F' && 'a' || 'x' }}", "a/z/Dockerfile"),
        ("${{ inputs.folder == 'y' && 'a' || 'x || y' }}", "x/Dockerfile"),
        ("${{ inputs.image || 'x' }}", "z/z/Dockerfile"),
        ("${{ github.ref == 'x' && 'a' || 'x' }}", "the"),
        ("${{ format('x') }}", "the"),
    ] {
        assert_eq!(with(expression), expected, "{expression}");
    }
}

#[test]
fn a_composite_action_gets_what_its_step_gives() {
    let action = "inputs:\n  path: { default: . }\nruns:\n  using: composite\n  steps:\n    - uses: docker/build-push-action@v6\n      with:\n        context: ${{ inputs.path }}\n        tags: ${{ inputs.tag }}\n";
    let workflow = "jobs:\n  a:\n    steps:\n      - uses: ./.github/actions/build\n        with: { path: web, tag: acme/web }\n      - uses: ./.github/actions/build\n";
    let files =
        [(".github/workflows/ci.yml", workflow), (".github/actions/build/action.yml", action)];
    assert_eq!(
        told(&files),
        ["job `a`:6: web/Dockerfile in web, as acme/web", "job `a`:6: Dockerfile in ."]
    );
}
