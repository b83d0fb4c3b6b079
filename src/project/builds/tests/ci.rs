use super::told;

fn github(steps: &str) -> Vec<String> {
    job(&format!("    steps:\n{steps}"))
}

/// The steps start in line 4.
fn job(rest: &str) -> Vec<String> {
    told(&[(".github/workflows/ci.yml", &format!("jobs:\n  b:\n{rest}"))])
}

#[test]
fn the_action_builds_a_checkout_by_default() {
    let text = "      - uses: docker/build-push-action@v6\n        with:\n          file: docker/D\n          target: run\n          tags: |\n            me/a:1\n            me/a:${{ github.sha }}\n          build-args: |\n            A=1,2\n            B=${{ secrets.B }}\n          platforms: linux/amd64,linux/arm64\n";
    assert_eq!(
        github(text),
        [
            "job `b`:4: docker/D in checkout ., target run, A=1,2, B?, as me/a:1, perhaps as me/a:*, for linux/amd64, for linux/arm64"
        ]
    );
    let text = "      - name: Build image\n        uses: docker/build-push-action@v6\n        with:\n          context: \"{{defaultContext}}:sub\"\n";
    assert_eq!(github(text), ["step `Build image`:5: sub/Dockerfile in checkout sub"]);
}

#[test]
fn with_a_path_the_dockerfile_is_relative_to_the_workspace() {
    let with = |with: &str| {
        github(&format!("      - uses: docker/build-push-action@v6\n        with: {with}\n"))
    };
    assert_eq!(with("{ context: a }"), ["job `b`:4: a/Dockerfile in a"]);
    assert_eq!(with("{ context: a, file: b/D }"), ["job `b`:4: b/D in a"]);
    assert_eq!(with("{ context: '${{ github.workspace }}/a' }"), ["job `b`:4: a/Dockerfile in a"]);
    assert_eq!(with("{ context: 'https://github.com/a/b.git' }"), [""; 0]);
    assert_eq!(
        with("{ context: a, file: '${{ inputs.file }}' }"),
        ["? job `b`:4: the Dockerfile depends on `${{ inputs.file }}` (context a)"]
    );
    assert_eq!(
        with("{ context: ., target: '${{ inputs.t }}' }"),
        [
            "? job `b`:4: the target depends on `${{ inputs.t }}` (Dockerfile Dockerfile) (context .)"
        ]
    );
}

#[test]
fn a_matrix_that_is_written_out_is_gone_through() {
    let text = "    strategy:\n      matrix:\n        app: [a, b]\n        os: [x]\n        include:\n          - { app: b, file: B.Dockerfile }\n          - { app: c, file: C }\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: ${{ matrix.app }}\n          file: ${{ matrix.file }}\n";
    assert_eq!(
        job(text),
        ["job `b`:11: a/Dockerfile in a", "job `b`:11: B.Dockerfile in b", "job `b`:11: C in c",]
    );
    let text = "    strategy:\n      matrix:\n        include:\n          - image: { dir: a }\n          - image: { dir: b }\n    steps:\n      - run: docker build -t x/${{ matrix.image.dir }} ${{ matrix.image.dir }}\n";
    assert_eq!(
        job(text),
        [
            "`docker build` in job `b`:9: a/Dockerfile in a, as x/a",
            "`docker build` in job `b`:9: b/Dockerfile in b, as x/b"
        ]
    );
    let text = "    strategy:\n      matrix: ${{ fromJSON(needs.x.outputs.y) }}\n    steps:\n      - run: docker build ${{ matrix.dir }}\n";
    assert_eq!(
        job(text),
        ["? `docker build` in job `b`:6: the command line depends on `${{ matrix.dir }}`"]
    );
}

#[test]
fn scripts_run_in_their_working_directory() {
    let text = "    defaults: { run: { working-directory: a } }\n    env: { D: b }\n    steps:\n      - run: |\n          echo hi\n          docker build $D\n      - name: two\n        working-directory: ./c\n        env: { D: d }\n        run: docker build -f ../$D/F .\n      - run: cd $GITHUB_WORKSPACE/x && docker buildx build --push -t ${{ env.D }} .\n";
    assert_eq!(
        job(text),
        [
            "`docker build` in job `b`:8: a/b/Dockerfile in a/b",
            "`docker build` in step `two`:12: d/F in c",
            "`docker build` in job `b`:13: x/Dockerfile in x, as b",
        ]
    );
}

#[test]
fn a_checkout_into_a_folder_moves_the_paths() {
    let text = "      - uses: actions/checkout@v4\n        with: { path: src }\n      - uses: actions/checkout@v4\n        with: { repository: a/b, path: other }\n      - run: docker build src/a\n      - run: docker build other\n";
    assert_eq!(github(text), ["`docker build` in job `b`:8: a/Dockerfile in a"]);
}

#[test]
fn expressions_in_scripts_do_not_break_them() {
    let text = "      - run: |\n          if [ \"${{ github.ref }}\" = 'x' ]; then\n            docker build -t \"a:${{ github.sha }}\" --build-arg X=${{ inputs.x }} -f ${{ inputs.f }} .\n          fi\n";
    assert_eq!(
        github(text),
        [
            "? `docker build` in job `b`:6: the Dockerfile depends on `${{ inputs.f }}` (context .), perhaps as a:*"
        ]
    );
    assert_eq!(
        github("      - run: docker build ${{ inputs.args }} .\n"),
        [
            "? `docker build` in job `b`:4: the command line depends on `${{ inputs.args }}` (Dockerfile Dockerfile) (context .)"
        ]
    );
    assert_eq!(
        github("      - shell: pwsh\n        run: |\n          if ($x) { docker build . }\n"),
        ["? job `b`:6: the script is not understood"]
    );
}

fn gitlab(text: &str) -> Vec<String> {
    told(&[(".gitlab-ci.yml", text)])
}

#[test]
fn gitlab_scripts_are_lists_and_strings() {
    let text = "stages: [a]\nvariables:\n  D: x\nbuild:\n  before_script:\n    - cd sub\n  script:\n    - docker build -t $CI_REGISTRY_IMAGE $D\n    - |\n      echo a\n      docker build \"$CI_PROJECT_DIR/y\"\n  after_script: docker build .\n";
    assert_eq!(
        gitlab(text),
        [
            "`docker build` in job `build`:8: sub/x/Dockerfile in sub/x",
            "`docker build` in job `build`:11: y/Dockerfile in y",
            "`docker build` in job `build`:12: Dockerfile in .",
        ]
    );
}

#[test]
fn gitlab_jobs_extend_and_refer() {
    let text = ".build:\n  variables: { D: a }\n  script:\n    - docker build $D\none:\n  extends: .build\ntwo:\n  extends: [.build]\n  variables: { D: b }\nthree:\n  variables: { D: c }\n  script:\n    - !reference [.build, script]\n    - [docker build z]\n";
    assert_eq!(
        gitlab(text),
        [
            "`docker build` in job `one`:4: a/Dockerfile in a",
            "`docker build` in job `two`:4: b/Dockerfile in b",
            "`docker build` in job `three`:4: c/Dockerfile in c",
            "`docker build` in job `three`:14: z/Dockerfile in z",
        ]
    );
}

#[test]
fn kaniko_has_flags_for_all() {
    let text = "k:\n  image: { name: gcr.io/kaniko-project/executor:debug, entrypoint: [''] }\n  script:\n    - /kaniko/executor\n      --context \"${CI_PROJECT_DIR}/app\"\n      --dockerfile \"${CI_PROJECT_DIR}/app/D\"\n      --destination \"me/a:1\" --cache=true --target run --build-arg A=1\n    - /kaniko/executor -c dir://x -f y/D --no-push\n";
    assert_eq!(
        gitlab(text),
        [
            "`kaniko` in job `k`:4: app/D in app, target run, A=1, as me/a:1",
            "`kaniko` in job `k`:8: y/D in x",
        ]
    );
}

#[test]
fn a_line_that_is_no_shell_hides_only_itself() {
    let text = "a:\n  script:\n    - if (Test-Path x) { docker build y }\n    - docker build .\n";
    assert_eq!(
        gitlab(text),
        [
            "? job `a`:3: the script is not understood",
            "`docker build` in job `a`:4: Dockerfile in ."
        ]
    );
}
